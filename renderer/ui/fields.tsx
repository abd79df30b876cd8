import { Check, ChevronDown, Search } from 'lucide-react';
import type { ReactNode } from 'react';
import {
  Button,
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  NumberField as AriaNumberField,
  Popover,
  Select as AriaSelect,
  SelectValue,
  TextField as AriaTextField,
  ToggleButton,
  ToggleButtonGroup,
  Tooltip,
  TooltipTrigger,
  Text,
} from 'react-aria-components';

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
  readonly hint?: string;
  readonly error?: string | undefined;
  readonly mono?: boolean;
  readonly unit?: string;
  readonly autoFocus?: boolean;
  /** Shown to screen readers only. */
  readonly hideLabel?: boolean;
  readonly icon?: ReactNode;
}

export function TextField(props: TextFieldProps) {
  const { label, value, onChange, placeholder, hint, error, mono, unit, autoFocus, hideLabel, icon } = props;
  return (
    <AriaTextField
      className="field"
      value={value}
      onChange={onChange}
      isInvalid={error !== undefined}
      autoFocus={autoFocus ?? false}
      autoComplete="off"
    >
      <Label className={hideLabel ? 'visually-hidden' : 'field__label'}>{label}</Label>
      <div className="field__box">
        {icon}
        <Input
          className={mono ? 'field__input mono' : 'field__input'}
          spellCheck={false}
          {...(placeholder ? { placeholder } : {})}
        />
        {unit && <span className="field__unit">{unit}</span>}
      </div>
      {hint && (
        <Text slot="description" className="field__hint">
          {hint}
        </Text>
      )}
      <FieldError className="field__error">{error ?? ''}</FieldError>
    </AriaTextField>
  );
}

type SearchFieldProps = Required<Pick<TextFieldProps, 'label' | 'value' | 'onChange' | 'placeholder'>>;

/** Searches or filters a list: its label is for screen readers only. */
export function SearchField(props: SearchFieldProps) {
  return <TextField {...props} hideLabel icon={<Search className="icon faint" aria-hidden />} />;
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (value: number) => void;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly unit?: string;
  readonly grouping?: boolean;
  readonly placeholder?: string;
}

export function NumberField(props: NumberFieldProps) {
  const { label, value, onChange, min, max, step, unit, grouping = false, placeholder } = props;
  return (
    <AriaNumberField
      className="field"
      value={value}
      onChange={onChange}
      minValue={min}
      maxValue={max}
      {...(step === undefined ? {} : { step })}
      formatOptions={{ useGrouping: grouping, maximumFractionDigits: 6 }}
    >
      <Label className="field__label">{label}</Label>
      <div className="field__box">
        <Input className="field__input" {...(placeholder ? { placeholder } : {})} />
        {unit && <span className="field__unit">{unit}</span>}
      </div>
      <FieldError className="field__error" />
    </AriaNumberField>
  );
}

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  /** A sentence that explains it, if there is no room for one beside it. */
  readonly hint?: string;
}

interface SelectProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: T) => void;
  readonly hideLabel?: boolean;
  readonly isDisabled?: boolean;
}

export function Select<T extends string>(props: SelectProps<T>) {
  const { label, value, choices, onChange, hideLabel, isDisabled = false } = props;
  return (
    <AriaSelect
      className="field"
      isDisabled={isDisabled}
      value={value}
      onChange={(key) => {
        const choice = choices.find((one) => one.value === key);
        if (choice) onChange(choice.value);
      }}
    >
      <Label className={hideLabel ? 'visually-hidden' : 'field__label'}>{label}</Label>
      <Button className="select__button">
        <SelectValue className="ellipsis" />
        <ChevronDown className="icon" aria-hidden />
      </Button>
      <Popover className="popover" offset={4}>
        <ListBox className="menu" items={choices.map(({ value: id, label: text }) => ({ id, text }))}>
          {({ id, text }) => (
            <ListBoxItem id={id} textValue={text} className="menu__item">
              {text}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}

interface CheckboxProps {
  readonly children: ReactNode;
  readonly isSelected: boolean;
  readonly onChange: (isSelected: boolean) => void;
  readonly isDisabled?: boolean;
}

export function Checkbox({ children, isSelected, onChange, isDisabled }: CheckboxProps) {
  return (
    <AriaCheckbox
      className="check"
      isSelected={isSelected}
      onChange={onChange}
      isDisabled={isDisabled ?? false}
    >
      <span className="check__box">
        <Check aria-hidden />
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  );
}

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly Choice<T>[];
  readonly onChange: (value: T) => void;
  readonly isDisabled?: boolean;
}

/** One of a few choices, all of them visible. */
export function Segmented<T extends string>(props: SegmentedProps<T>) {
  const { label, value, choices, onChange, isDisabled = false } = props;
  return (
    <ToggleButtonGroup
      className="segmented"
      isDisabled={isDisabled}
      aria-label={label}
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[value]}
      onSelectionChange={(keys) => {
        const choice = choices.find((one) => keys.has(one.value));
        if (choice) onChange(choice.value);
      }}
    >
      {choices.map(({ value: id, label: name, hint }) =>
        hint === undefined ? (
          <ToggleButton key={id} id={id}>
            {name}
          </ToggleButton>
        ) : (
          <TooltipTrigger key={id} delay={400}>
            <ToggleButton id={id}>{name}</ToggleButton>
            <Tooltip className="tooltip" offset={6} placement="bottom">
              {hint}
            </Tooltip>
          </TooltipTrigger>
        ),
      )}
    </ToggleButtonGroup>
  );
}
