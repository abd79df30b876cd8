import {
  ChevronFirst,
  ChevronLast,
  ChevronLeft,
  ChevronRight,
  ChevronsLeft,
  ChevronsRight,
  LocateFixed,
  Pause,
  Pin,
  Play,
  SkipBack,
  SkipForward,
} from 'lucide-react';
import type { StepsState } from '#shared/contract/steps.ts';
import { useActions } from '../../actions/context.ts';
import { STEP_RATES } from '../../controllers/step-player.ts';
import { useModel, useSelection, useSteps, useView } from '../../model/context.ts';
import { IconButton, IconToggle } from '../../ui/button.tsx';
import { Select } from '../../ui/fields.tsx';
import { formatCount } from '../../ui/format.ts';
import { SubStepList } from './sub-step-list.tsx';
import { SubStepText } from './sub-step-text.tsx';
import './steps.css';

/** The step player: transport, the sub-steps of the current call, what the current one does. */
export function StepPlayer() {
  const state = useSteps((steps) => steps.state);
  if (state === null) return null;
  return (
    <section className="steps" aria-label="Step player" tabIndex={-1} data-testid="step-player">
      <Transport state={state} />
      <div className="steps__body">
        <SubStepList state={state} />
        <SubStepText state={state} />
      </div>
    </section>
  );
}

function Transport({ state }: { readonly state: StepsState }) {
  const { steps, view } = useModel();
  const actions = useActions();
  const playing = useSteps((store) => store.playing);
  const rate = useSteps((store) => store.rate);
  const range = useSelection((selection) => selection.range);
  const follows = useView((settings) => settings.stepsFollow);
  const atStart = state.position === 0;
  const atEnd = state.position === state.known && state.complete;
  const button = (id: string, label: string, icon: typeof Play, isDisabled: boolean) => (
    <IconButton
      label={label}
      icon={icon}
      shortcut={actions.keyOf(id)}
      isDisabled={isDisabled}
      onPress={() => void actions.run(id)}
    />
  );
  return (
    <div className="steps__head">
      <div className="steps__group" role="group" aria-label="Steps">
        {button('steps.start', 'To the beginning', ChevronFirst, atStart)}
        {button('steps.previous-call', 'Previous system call', ChevronsLeft, atStart)}
        {button('timeline.step-back', 'Back', ChevronLeft, atStart)}
        {button('sampling.toggle', playing ? 'Pause' : 'Play', playing ? Pause : Play, atEnd && !playing)}
        {button('timeline.step-on', 'Forward', ChevronRight, atEnd)}
        {button('steps.next-call', 'Next system call', ChevronsRight, atEnd)}
        {button('steps.end', 'To the end', ChevronLast, atEnd)}
        {button('steps.change-back', 'Previous change of the selection', SkipBack, range === null || atStart)}
        {button('steps.change', 'Next change of the selection', SkipForward, range === null || atEnd)}
      </div>
      <div className="steps__rate">
        <Select
          label="Sub-steps a second"
          hideLabel
          value={String(rate)}
          choices={STEP_RATES.map((one) => ({ value: String(one), label: `${one}/s` }))}
          onChange={(value) => {
            const next = STEP_RATES.find((one) => String(one) === value);
            if (next !== undefined) steps.setRate(next);
          }}
        />
      </div>
      <IconToggle
        label="Select the page of each sub-step"
        icon={LocateFixed}
        isSelected={follows}
        onChange={(stepsFollow) => view.setState({ stepsFollow })}
      />
      {button('steps.keep', 'Keep this step and compare', Pin, false)}
      <span className="steps__position num" data-testid="step-position">
        {formatCount(state.position)}
        <span className="faint">
          {' '}
          / {formatCount(state.known)}
          {state.complete ? '' : ' …'}
          {state.kept === null ? '' : `, ${formatCount(state.kept)} kept`}
        </span>
      </span>
      <span className="faint num steps__calls">
        call {state.call === null ? 0 : formatCount(state.call.index + 1)}
        {state.totalCalls === null ? '' : ` of ${formatCount(state.totalCalls)}`}
      </span>
    </div>
  );
}
