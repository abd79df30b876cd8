import { type ReactNode, useEffect, useEffectEvent, useState } from 'react';

/** Visible notices that can be dismissed, the oldest first. */
const dismissals: (() => void)[] = [];

/** Ends the newest notice. @returns whether there was one */
export function dismissNewestToast(): boolean {
  const newest = dismissals.at(-1);
  newest?.();
  return newest !== undefined;
}

interface ToastProps {
  /** Escape does it too. */
  readonly onDismiss: () => void;
  /** It ends by itself after so long, unless the pointer or the focus is on it; missing: it ends with its cause alone. */
  readonly endsAfterMs?: number;
  /** A `Message` with the same `onDismiss`. */
  readonly children: ReactNode;
}

/** A notice over the window, in the `toasts` region: it moves nothing. */
export function Toast({ onDismiss, endsAfterMs, children }: ToastProps) {
  const [isPaused, setPaused] = useState(false);
  const dismiss = useEffectEvent(onDismiss);
  useEffect(() => {
    const end = (): void => dismiss();
    dismissals.push(end);
    return () => {
      dismissals.splice(dismissals.indexOf(end), 1);
    };
  }, []);
  useEffect(() => {
    if (endsAfterMs === undefined || isPaused) return;
    const timer = setTimeout(() => dismiss(), endsAfterMs);
    return () => clearTimeout(timer);
  }, [endsAfterMs, isPaused]);
  return (
    <div
      className="toast"
      onPointerEnter={() => setPaused(true)}
      onPointerLeave={() => setPaused(false)}
      onFocus={() => setPaused(true)}
      onBlur={() => setPaused(false)}
    >
      {children}
    </div>
  );
}
