import { Trash2, X } from 'lucide-react';
import { Dialog, Heading } from 'react-aria-components';
import type { Trigger } from '#shared/contract/trigger.ts';
import { actionText, conditionText } from '#shared/contract/trigger-text.ts';
import { useModel, useTriggers } from '../../model/context.ts';
import { IconButton } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/fields.tsx';
import { plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { Overlay } from '../../ui/overlay.tsx';
import { TriggerForm } from './trigger-form.tsx';
import './triggers.css';

/** The triggers of the open program: add, enable, remove; how often each acted, and when. */
export function TriggersDialog() {
  const isOpen = useTriggers((store) => store.isOpen);
  return isOpen ? <OpenDialog /> : null;
}

function OpenDialog() {
  const { triggers } = useModel();
  const list = useTriggers((store) => store.triggers);
  const failure = useTriggers((store) => store.failure);
  const close = (): void => triggers.open(false);
  return (
    <Overlay className="keyhelp" onClose={close}>
      <Dialog className="keyhelp__dialog">
        <header className="keyhelp__head">
          <Heading slot="title" level={2}>
            Triggers
          </Heading>
          <span className="faint triggers__count">{plural(list.length, 'trigger')}</span>
          <IconButton label="Close" icon={X} onPress={close} />
        </header>
        <div className="triggers__body">
          <TriggerForm />
          {failure && <Message message={failure.message} remedy={failure.remedy} />}
          <p className="faint">
            Conditions are checked with each sample. “Each time” is bounded: marks ten times a second,
            snapshots and commands once a second, saved recordings once in ten seconds.
          </p>
          {list.length === 0 ? (
            <p className="empty">No triggers.</p>
          ) : (
            <ul className="triggers__list" aria-label="Triggers">
              {list.map((trigger) => (
                <Row key={trigger.id} trigger={trigger} />
              ))}
            </ul>
          )}
        </div>
      </Dialog>
    </Overlay>
  );
}

function Row({ trigger }: { readonly trigger: Trigger }) {
  const { triggers } = useModel();
  const { id, condition, action, each, enabled, acted, withheld, lastNs, result, problem } = trigger;
  const name = `${conditionText(condition)} → ${actionText(action)}`;
  return (
    <li className="triggers__row">
      <Checkbox isSelected={enabled} onChange={(on) => void triggers.enable(id, on)}>
        <span className="mono">{name}</span>
      </Checkbox>
      <span className="dim">{each ? 'each time' : 'once'}</span>
      <span
        className="num"
        title={withheld > 0 ? `${withheld} more within the bounds of “each time”` : undefined}
      >
        {`acted ${acted}×${withheld > 0 ? `, withheld ${withheld}×` : ''}`}
      </span>
      <span className="num dim">{lastNs === null ? 'never' : `last at ${(lastNs / 1e9).toFixed(3)} s`}</span>
      <IconButton label={`Remove ${name}`} icon={Trash2} onPress={() => void triggers.remove(id)} />
      {(problem !== null || result !== '') && (
        <span className={problem === null ? 'triggers__result dim' : 'triggers__result triggers__problem'}>
          {problem ?? result}
        </span>
      )}
    </li>
  );
}
