import type { LucideIcon } from 'lucide-react';
import type { FormEvent, ReactNode, Ref } from 'react';
import { useEffect, useId, useRef, useState } from 'react';
import type { OpenSource } from '#shared/contract/commands.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import { Button as AriaButton } from 'react-aria-components';
import { useModel, useSession } from '../../model/context.ts';
import { errorData } from '../../engine/engine-link.ts';
import { Button } from '../../ui/button.tsx';
import { Message } from '../../ui/message.tsx';

/** Another way to open what was refused, offered as a button beside the error. */
export interface Alternative {
  readonly label: string;
  readonly source: OpenSource;
}

interface CardProps {
  readonly ref?: Ref<HTMLFormElement>;
  /** Its place in the start view's grid. */
  readonly area: 'attach' | 'simulated' | 'launch' | 'demo';
  readonly title: string;
  readonly icon: LucideIcon;
  readonly text: string;
  /** Text of the button. */
  readonly action: string;
  /** What to open; null while the form is not filled. */
  readonly source: () => OpenSource | null;
  readonly isReady: boolean;
  /** Fields in the button's row. */
  readonly beside?: ReactNode;
  /** Below the button: what comes or goes here does not move it. */
  readonly below?: ReactNode;
  /** Shows an error at the field that it concerns. @returns whether there is one */
  readonly takeError?: (error: InspectorErrorData) => boolean;
  /** What to open instead of `refused`, which failed; null if nothing else may do. */
  readonly alternative?: (error: InspectorErrorData, refused: OpenSource) => Alternative | null;
  readonly children?: ReactNode;
}

/** One way to begin: what it is, its form, its button; below that what fails. */
export function Card(props: CardProps) {
  const { ref, area, title, icon: Icon, text, action, source, isReady, takeError, beside, children } = props;
  const { alternative, below } = props;
  const model = useModel();
  const opening = useSession((state) => state.opening);
  const connected = useSession((state) => state.host.status === 'running');
  const [error, setError] = useState<InspectorErrorData | null>(null);
  const [instead, setInstead] = useState<Alternative | null>(null);
  const [mine, setMine] = useState(false);
  const heading = useId();
  const form = useRef<HTMLFormElement | null>(null);
  const [refused, setRefused] = useState(0);
  // So that a screen reader reads the error: once the field that it concerns has it.
  useEffect(() => {
    if (refused > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refused]);
  const submit = (event: FormEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    form.current = event.currentTarget;
    return open(source());
  };
  const open = async (what: OpenSource | null): Promise<void> => {
    if (!what || opening) return;
    setError(null);
    setMine(true);
    try {
      await model.source.open(what);
    } catch (cause) {
      const failure = errorData(cause);
      if (takeError?.(failure)) setRefused((count) => count + 1);
      else {
        setError(failure);
        setInstead(alternative?.(failure, what) ?? null);
      }
    } finally {
      setMine(false);
    }
  };
  return (
    <form
      {...(ref ? { ref } : {})}
      className={`card card--${area}`}
      aria-labelledby={heading}
      onSubmit={(event) => void submit(event)}
    >
      <div className="card__head">
        <Icon className="icon card__icon" aria-hidden />
        <h2 id={heading}>{title}</h2>
      </div>
      <p className="dim card__text">{text}</p>
      <div className="card__fields">{children}</div>
      <div className="card__foot">
        {beside}
        <AriaButton
          type="submit"
          className="button button--primary"
          isDisabled={!isReady || opening || !connected}
        >
          {opening && mine ? 'Opening …' : action}
        </AriaButton>
      </div>
      {error && (
        <Message message={error.message} remedy={error.remedy} onDismiss={() => setError(null)}>
          {instead && (
            <Button isDisabled={opening || !connected} onPress={() => void open(instead.source)}>
              {instead.label}
            </Button>
          )}
        </Message>
      )}
      {below}
    </form>
  );
}
