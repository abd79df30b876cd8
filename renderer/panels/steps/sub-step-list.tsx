import { useEffect, useRef } from 'react';
import type { StepsState, SubStep } from '#shared/contract/steps.ts';
import { useModel, useSteps } from '../../model/context.ts';
import { SUB_STEP_TITLES } from './sub-step-titles.ts';

/** The sub-steps of the current call; a click goes there. The player's keys do the same, so it is no stop of the Tab key. */
export function SubStepList({ state }: { readonly state: StepsState }) {
  const subSteps = useSteps((steps) => steps.subSteps);
  const call = useSteps((steps) => steps.call);
  const current = useRef<HTMLLIElement>(null);
  useEffect(() => current.current?.scrollIntoView({ block: 'nearest' }), [state.position, subSteps]);
  return (
    <div className="steps__list" tabIndex={0} role="region" aria-label="Sub-steps of the call">
      <p className="steps__call mono ellipsis" title={call?.text}>
        {call === null ? <span className="dim">Before the first call</span> : call.text}
        {call !== null && <span className="faint"> → {call.result}</span>}
      </p>
      <ol aria-label="Sub-steps">
        {subSteps.map((subStep) => (
          <Row
            key={subStep.number}
            subStep={subStep}
            isCurrent={subStep.number === state.position}
            isDone={subStep.number < state.position}
            current={current}
          />
        ))}
      </ol>
    </div>
  );
}

interface RowProps {
  readonly subStep: SubStep;
  readonly isCurrent: boolean;
  readonly isDone: boolean;
  readonly current: React.RefObject<HTMLLIElement | null>;
}

function Row({ subStep, isCurrent, isDone, current }: RowProps) {
  const { steps } = useModel();
  const { number, kind, sentence, changes } = subStep;
  const state = isCurrent ? ' steps__row--current' : isDone ? ' steps__row--done' : '';
  return (
    <li
      ref={isCurrent ? current : null}
      className={`steps__row${state}`}
      {...(isCurrent && { 'aria-current': 'step' })}
    >
      <button type="button" tabIndex={-1} onClick={() => void steps.move({ to: 'number', number })}>
        <span className="steps__number num faint">{number}</span>
        <span className={`steps__kind${changes ? ' steps__kind--changes' : ''}`}>
          {SUB_STEP_TITLES[kind]}
        </span>
        <span className="ellipsis">{sentence}</span>
      </button>
    </li>
  );
}
