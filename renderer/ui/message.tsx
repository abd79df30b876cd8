import { CircleAlert, CircleCheck, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ErrorKind, InspectorErrorData } from '#shared/contract/errors.ts';
import { IconButton } from './button.tsx';

interface MessageProps {
  /** What happened. */
  readonly message: string;
  /** What to do about it. */
  readonly remedy?: string;
  readonly kind?: 'error' | 'warn' | 'news';
  readonly onDismiss?: () => void;
  /** Buttons that do something about it. */
  readonly children?: ReactNode;
}

const ICONS = { error: CircleAlert, warn: TriangleAlert, news: CircleCheck } as const;

/** A failure with its remedy, or a success. */
export function Message({ message, remedy, kind = 'error', onDismiss, children }: MessageProps) {
  const Icon = ICONS[kind];
  return (
    <div className={`message message--${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      <Icon className="icon" aria-hidden />
      <div>
        <div>{message}</div>
        {remedy && <div className="message__remedy">{remedy}</div>}
        {children}
      </div>
      {onDismiss && <IconButton label="Dismiss" icon={X} onPress={onDismiss} />}
    </div>
  );
}

/** Kinds of error that are no failure: the source, or the time shown, does not have it, or the program has ended. */
const EXPECTED: ReadonlySet<ErrorKind> = new Set(['unsupported', 'program-ended']);

/** Why something is not shown. */
export function ErrorMessage({ error }: { readonly error: InspectorErrorData }) {
  const { kind, message, remedy } = error;
  return <Message message={message} remedy={remedy} kind={EXPECTED.has(kind) ? 'warn' : 'error'} />;
}
