import { ChevronDown, ChevronRight } from 'lucide-react';
import { type ReactNode, useId } from 'react';

interface PanelHeadProps {
  readonly title: string;
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
  /** After the title, at the right. */
  readonly children?: ReactNode;
}

/** The head of a panel that can be reduced to it. */
export function PanelHead({ title, isOpen, onOpen, children }: PanelHeadProps) {
  const Mark = isOpen ? ChevronDown : ChevronRight;
  const id = useId();
  return (
    <div className="panel__head">
      <h2 id={id}>
        <button type="button" className="panel__fold" aria-expanded={isOpen} onClick={() => onOpen(!isOpen)}>
          <Mark className="icon faint" aria-hidden />
          {title}
        </button>
      </h2>
      {children}
    </div>
  );
}
