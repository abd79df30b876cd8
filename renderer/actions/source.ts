import type { ControlAction } from '#shared/source/capabilities.ts';
import type { OperationName } from '#shared/source/operation.ts';
import { isAble } from '../stores/operation-form.ts';
import type { LogEntry } from '../stores/operations-store.ts';
import { currentRoom, isSideOpen } from '../stores/panels.ts';
import { announce } from '../ui/announce.ts';
import { plural } from '../ui/format.ts';
import { type Action, type ActionContext, isLive } from './action.ts';

const open = ({ model }: ActionContext) => model.session.getState().state?.source ?? null;

/** Whether the program can be controlled so, and is not so already. */
function canControl(context: ActionContext, action: ControlAction): boolean {
  const source = open(context);
  if (!source || !isLive(context) || !source.capabilities.control.includes(action)) return false;
  if (action === 'pause') return source.running !== false;
  if (action === 'continue') return source.running !== true;
  return action !== 'kill' || source.description.launched;
}

const control = (id: ControlAction, title: string, words: string): Action => ({
  id: `program.${id}`,
  title,
  group: 'Program',
  words,
  available: (context) => canControl(context, id),
  run: ({ model }) => void model.source.control(id),
});

/** Runs the form's operation; if the panel that shows the result is closed, a toast shows it. */
async function runOperation({ model }: ActionContext, op: OperationName): Promise<void> {
  const { operations, view } = model;
  if (!(await operations.runForm(op))) {
    announce('Select pages, or correct the operation’s fields.');
    return;
  }
  const isSeen = isSideOpen(view.getState(), currentRoom(), 'right') && view.getState().operationsOpen;
  const [last] = operations.store.getState().log;
  if (!isSeen && last) announce(outcomeText(last));
}

/** The result of an operation, in one line. */
export function outcomeText({ what, result, error }: LogEntry): string {
  if (error) return `${what}: ${error.message}`;
  if (!result) return `${what} is running`;
  return result.ok ? `${what}: ${plural(result.ret, 'page')}` : `${what}: ${result.errno}, ${result.message}`;
}

const operation = (op: OperationName, title: string, key: string): Action => ({
  id: `operation.${op.toLowerCase().replaceAll('_', '-')}`,
  title: `${op}: ${title}`,
  group: 'Operations',
  keys: [key],
  words: 'ioctl soft-dirty range',
  available: (context) => {
    const source = open(context);
    return source !== null && isLive(context) && isAble(op, source.capabilities);
  },
  run: (context) => void runOperation(context, op),
});

/** The open source: how it is sampled, what is done to its program, the operations on its memory. */
export const sourceActions: readonly Action[] = [
  {
    id: 'source.close',
    title: 'Close source and go to the start',
    group: 'Source',
    words: 'detach disconnect leave home',
    run: ({ model }) => void model.source.close(),
  },
  {
    id: 'sampling.toggle',
    title: 'Pause or resume sampling; play or pause a recording or steps',
    group: 'Sampling',
    keys: ['Space'],
    available: isLive,
    run: ({ model }) => {
      const { state } = model.session.getState();
      if (model.steps.store.getState().state !== null) model.steps.toggle();
      else if (model.playback.state) model.playback.toggle();
      else if (state) void model.source.configure({ paused: !state.paused });
    },
  },
  {
    id: 'sampling.once',
    title: 'Take one sample',
    group: 'Sampling',
    keys: ['.'],
    available: isLive,
    run: ({ model }) => void model.source.sample(),
  },
  {
    id: 'sampling.hold',
    title: 'Hold: show what was written since the last clear',
    group: 'Sampling',
    words: 'mode',
    available: isLive,
    checked: ({ model }) => model.session.getState().state?.mode === 'hold',
    run: ({ model }) => void model.source.configure({ mode: 'hold' }),
  },
  {
    id: 'sampling.interval',
    title: 'Interval: show what was written since the last sample',
    group: 'Sampling',
    words: 'mode',
    available: isLive,
    checked: ({ model }) => model.session.getState().state?.mode === 'interval',
    run: ({ model }) => void model.source.configure({ mode: 'interval' }),
  },
  control('pause', 'Pause program', 'stop hold freeze'),
  control('continue', 'Resume program', 'continue run'),
  { ...control('step', 'Step program', 'single'), keys: ['Shift+s'] },
  {
    ...control('kill', 'Stop program …', 'kill end terminate'),
    // Unsaved data of the program are lost, so the user is asked.
    run: ({ dialogs }) => dialogs.setState({ open: 'stop-program' }),
  },
  operation('GET', 'report written pages of the range', 'g'),
  operation('CLEAR', 'clear the range', 'c'),
  operation('GET_AND_CLEAR', 'report and clear the range', 'b'),
  {
    id: 'operation.clear-refs',
    title: 'clear_refs 4: clear the whole process',
    group: 'Operations',
    words: 'soft-dirty reset',
    available: (context) => isLive(context) && open(context)?.capabilities.clearRefs === true,
    run: ({ model }) => void model.operations.clearRefs(),
  },
];
