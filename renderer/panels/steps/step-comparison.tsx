import { CornerUpLeft, Pin, PinOff } from 'lucide-react';
import { useEffect } from 'react';
import type { ComparedPosition, StepComparison } from '#shared/contract/step-comparison.ts';
import { useActions } from '../../actions/context.ts';
import { useModel, useStepComparison, useSteps } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { plural } from '../../ui/format.ts';
import { Message } from '../../ui/message.tsx';
import { ComparedEntriesTable } from './compared-entries.tsx';
import { ComparedVmas } from './compared-vmas.tsx';
import { ComparedWalk } from './compared-walk.tsx';
import './step-comparison.css';

/** Two steps side by side: the one that was kept, and the current one, with what differs between them. */
export function StepComparisonView() {
  const { stepComparison } = useModel();
  const kept = useSteps(({ state }) => state?.kept ?? null);
  const result = useStepComparison((state) => state.result);
  const failure = useStepComparison((state) => state.failure);
  useEffect(() => stepComparison.watch(), [stepComparison]);
  return (
    <section className="twosteps" aria-label="Two steps compared" tabIndex={0} data-testid="step-comparison">
      <Controls kept={kept} />
      {failure && <Message message={failure.message} remedy={failure.remedy} />}
      {kept === null && (
        <p className="empty">
          Keep the current step, then move forward or back: page-table entries, VMAs and the state of the
          selected page are shown for both steps, and what differs is marked.
        </p>
      )}
      {kept !== null && result !== null && <Compared result={result} />}
    </section>
  );
}

function Controls({ kept }: { readonly kept: number | null }) {
  const { steps, stepComparison } = useModel();
  const actions = useActions();
  const key = actions.keyOf('steps.keep');
  return (
    <div className="twosteps__controls">
      <Button
        icon={Pin}
        {...(key === undefined ? {} : { shortcut: key })}
        onPress={() => void actions.run('steps.keep')}
      >
        Keep current step
      </Button>
      {kept !== null && (
        <>
          <Button icon={CornerUpLeft} onPress={() => void steps.move({ to: 'number', number: kept })}>
            Go to kept step
          </Button>
          <Button icon={PinOff} onPress={() => void stepComparison.forget()}>
            Stop comparing
          </Button>
        </>
      )}
    </div>
  );
}

function Compared({ result }: { readonly result: StepComparison }) {
  const { before, after, walk, vmas, moreVmas, entries, pages } = result;
  const groups = vmas.length + moreVmas;
  const severalProcesses = useSteps(({ state }) => (state?.processes.length ?? 1) > 1);
  const place = { severalProcesses };
  return (
    <>
      <div className="twosteps__sides">
        <Side title="Kept" at={before} {...place} />
        <Side title="Current" at={after} {...place} />
      </div>
      <p role="status" className="twosteps__sum" data-testid="step-differences">
        {groups === 0 && pages === 0
          ? 'No VMA and no page-table entry differs.'
          : `${plural(groups, 'change')} of VMAs, entries of ${plural(pages, 'page')} differ.`}
      </p>
      {walk === null ? (
        <p className="faint">Select a page to compare its walk.</p>
      ) : (
        <ComparedWalk before={walk.before} after={walk.after} />
      )}
      {groups > 0 && <ComparedVmas result={result} />}
      {entries.length > 0 && <ComparedEntriesTable result={result} />}
    </>
  );
}

interface SideProps {
  readonly title: string;
  readonly at: ComparedPosition;
  readonly severalProcesses: boolean;
}

function Side({ title, at, severalProcesses }: SideProps) {
  return (
    <div className="twosteps__side">
      <h3>
        {title}: step <span className="num">{at.position}</span>
        {severalProcesses && <span className="dim"> · process {at.process}</span>}
      </h3>
      <p className="mono ellipsis dim" title={at.call}>
        {at.call === '' ? 'Before the first call' : at.call}
      </p>
      {at.sentence !== '' && <p>{at.sentence}</p>}
      {at.function !== '' && <code className="steps__function selectable">{at.function}</code>}
    </div>
  );
}
