import { CircleAlert, CircleCheck, TriangleAlert, X } from 'lucide-react';
import type { ReactNode } from 'react';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
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

/** Why something is not shown: a failure, or that the source, or the time shown, does not have it. */
export function ErrorMessage({ error }: { readonly error: InspectorErrorData }) {
  const { kind, message, remedy } = error;
  return <Message message={message} remedy={remedy} kind={kind === 'unsupported' ? 'warn' : 'error'} />;
}
