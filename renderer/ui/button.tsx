import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, ToggleButton, Tooltip, TooltipTrigger } from 'react-aria-components';

interface ButtonProps {
  readonly children: ReactNode;
  readonly onPress: () => void;
  readonly icon?: LucideIcon;
  readonly kind?: 'plain' | 'primary' | 'quiet' | 'danger';
  readonly isDisabled?: boolean;
  /** The key that does the same. */
  readonly shortcut?: string;
}

export function Button({ children, onPress, icon: Icon, kind = 'plain', isDisabled, shortcut }: ButtonProps) {
  return (
    <AriaButton
      className={`button button--${kind}`}
      onPress={onPress}
      isDisabled={isDisabled ?? false}
      {...(shortcut ? { 'aria-keyshortcuts': ariaKeys(shortcut) } : {})}
    >
      {Icon && <Icon className="icon" aria-hidden />}
      {children}
      {shortcut && (
        <kbd className="button__key" aria-hidden>
          {shortcut}
        </kbd>
      )}
    </AriaButton>
  );
}

/** In the form of `aria-keyshortcuts`: Control in full. */
const ariaKeys = (shortcut: string): string => shortcut.replace('Ctrl', 'Control');

interface IconButtonProps {
  /** Name for screen readers and the tooltip. */
  readonly label: string;
  readonly icon: LucideIcon;
  readonly onPress: () => void;
  readonly isDisabled?: boolean;
  readonly shortcut?: string | undefined;
}

export function IconButton({ label, icon: Icon, onPress, isDisabled, shortcut }: IconButtonProps) {
  return (
    <TooltipTrigger delay={500}>
      <AriaButton
        className="button button--quiet button--icon"
        aria-label={label}
        onPress={onPress}
        isDisabled={isDisabled ?? false}
        {...(shortcut ? { 'aria-keyshortcuts': ariaKeys(shortcut) } : {})}
      >
        <Icon className="icon" aria-hidden />
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {label}
        {shortcut && <kbd className="button__key"> {shortcut}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}

interface IconToggleProps extends Omit<IconButtonProps, 'onPress'> {
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
}

export function IconToggle({
  label,
  icon: Icon,
  isSelected,
  onChange,
  isDisabled,
  shortcut,
}: IconToggleProps) {
  return (
    <TooltipTrigger delay={500}>
      <ToggleButton
        className="button button--quiet button--icon toggle"
        aria-label={label}
        isSelected={isSelected}
        onChange={onChange}
        isDisabled={isDisabled ?? false}
        {...(shortcut ? { 'aria-keyshortcuts': ariaKeys(shortcut) } : {})}
      >
        <Icon className="icon" aria-hidden />
      </ToggleButton>
      <Tooltip className="tooltip" offset={6}>
        {label}
        {shortcut && <kbd className="button__key"> {shortcut}</kbd>}
      </Tooltip>
    </TooltipTrigger>
  );
}
