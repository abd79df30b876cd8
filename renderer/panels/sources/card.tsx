import type { LucideIcon } from 'lucide-react';
import type { FormEvent, ReactNode } from 'react';
import { useId, useState } from 'react';
import type { OpenSource } from '#shared/contract/commands.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import { Button as AriaButton } from 'react-aria-components';
import { useInspector, useSession } from '../../session/context.ts';
import { errorData } from '../../session/engine-link.ts';
import { Message } from '../../ui/message.tsx';

interface CardProps {
  readonly title: string;
  readonly icon: LucideIcon;
  readonly text: string;
  /** What the button says. */
  readonly action: string;
  /** What to open; null while the form is not filled. */
  readonly source: () => OpenSource | null;
  readonly isReady: boolean;
  readonly children?: ReactNode;
}

/** One way to begin: what it is, its form, its button; what fails is said here. */
export function Card({ title, icon: Icon, text, action, source, isReady, children }: CardProps) {
  const inspector = useInspector();
  const opening = useSession((state) => state.opening);
  const connected = useSession((state) => state.host.status === 'running');
  const [error, setError] = useState<InspectorErrorData | null>(null);
  const [mine, setMine] = useState(false);
  const heading = useId();
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const what = source();
    if (!what || opening) return;
    setError(null);
    setMine(true);
    try {
      await inspector.open(what);
    } catch (cause) {
      setError(errorData(cause));
    } finally {
      setMine(false);
    }
  };
  return (
    <form className="card" aria-labelledby={heading} onSubmit={(event) => void submit(event)}>
      <div className="card__head">
        <Icon className="icon card__icon" aria-hidden />
        <h2 id={heading}>{title}</h2>
      </div>
      <p className="dim card__text">{text}</p>
      <div className="card__fields">{children}</div>
      {error && <Message message={error.message} remedy={error.remedy} onDismiss={() => setError(null)} />}
      <div className="card__foot">
        <AriaButton
          type="submit"
          className="button button--primary"
          isDisabled={!isReady || opening || !connected}
        >
          {opening && mine ? 'Opening …' : action}
        </AriaButton>
      </div>
    </form>
  );
}
