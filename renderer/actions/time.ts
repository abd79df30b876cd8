import { PHASE_KEY } from '#shared/contract/shell.ts';
import { isRecordable } from '../controllers/recorder.ts';
import { type Action, type ActionContext, always, type KeyHint } from './action.ts';

const isPlayed = ({ model }: ActionContext): boolean => model.playback.state !== null;
/** Whether the open source is played by sub-steps. */
const isStepped = ({ steps }: ActionContext['model']): boolean => steps.store.getState().state !== null;
const isOpen = ({ model }: ActionContext): boolean =>
  (model.session.getState().state?.source ?? null) !== null;

function canRecord({ model }: ActionContext): boolean {
  const { state } = model.session.getState();
  return state !== null && (state.recording !== null || isRecordable(state));
}

/** The line below the map must be visible. */
const showTimeline = ({ model }: ActionContext): void => model.view.setState({ bottomOpen: true });

function openRecording({ model }: ActionContext): void {
  void model.attempt(async () => {
    const path = await model.shell?.selectRecording();
    if (path) await model.source.open({ kind: 'recording', path });
  });
}

/** Takes the selected time or interval as one side of the comparison, and shows it. */
const takeAs = (side: 'a' | 'b'): Action => ({
  id: `compare.take-${side}`,
  title: `Compare: use the selected time or interval as ${side.toUpperCase()}`,
  group: 'Timeline',
  keys: [`Shift+${side}`],
  words: 'difference times sets',
  available: isOpen,
  run: ({ model }) => {
    const latest = model.timeline.store.getState().available?.end ?? null;
    const span = model.compare.present(latest);
    if (!span) return;
    model.compare.select(side, span);
    model.view.setState({ middle: 'compare' });
  },
});

/** Opening recordings, playing them, recording, marking times. */
export const timeActions: readonly Action[] = [
  {
    id: 'source.open-recording',
    title: 'Open a recording …',
    group: 'Source',
    keys: ['Ctrl+O'],
    words: 'file load mcap play',
    available: always,
    run: openRecording,
  },
  {
    id: 'recording.toggle',
    title: 'Record, or stop recording',
    group: 'Recording',
    keys: ['r'],
    words: 'capture save mcap',
    available: canRecord,
    checked: ({ model }) => model.recorder.isRecording,
    run: (context) => {
      showTimeline(context);
      void context.model.recorder.toggle();
    },
  },
  {
    id: 'recording.start-as',
    title: 'Record to a file …',
    group: 'Recording',
    words: 'capture save as mcap',
    available: ({ model }) => model.recorder.canRecord && !model.recorder.isRecording,
    run: (context) => {
      showTimeline(context);
      void context.model.attempt(() => context.model.recorder.startAs());
    },
  },
  {
    id: 'recording.dump',
    title: 'Dump and reset: end a phase of the program',
    group: 'Recording',
    keys: ['e'],
    words: 'snapshot clear phase mark',
    available: ({ model }) => model.recorder.canRecord,
    run: (context) => {
      showTimeline(context);
      void context.model.recorder.dumpAndReset();
    },
  },
  {
    id: 'recording.phase-key',
    title: `Dump and reset from any program with ${PHASE_KEY}`,
    group: 'Recording',
    words: 'global hotkey shortcut game focus phase',
    available: always,
    checked: ({ model }) => model.view.getState().phaseKey,
    run: ({ model }) => model.view.setState(({ phaseKey }) => ({ phaseKey: !phaseKey })),
  },
  {
    id: 'timeline.mark',
    title: 'Add mark',
    group: 'Timeline',
    keys: ['m'],
    words: 'bookmark note flag',
    available: isOpen,
    run: (context) => {
      showTimeline(context);
      void context.model.timeline.markHere();
    },
  },
  {
    id: 'timeline.step-on',
    title: 'Next frame or sub-step',
    group: 'Timeline',
    keys: ['ArrowRight', 'Alt+ArrowRight'],
    words: 'step next playback',
    available: isOpen,
    run: ({ model }) => {
      if (isStepped(model)) void model.steps.move({ to: 'forward' });
      else model.playback.step(1);
    },
  },
  {
    id: 'timeline.step-back',
    title: 'Previous frame or sub-step',
    group: 'Timeline',
    keys: ['ArrowLeft', 'Alt+ArrowLeft'],
    words: 'step previous reverse playback',
    available: isOpen,
    run: ({ model }) => {
      if (isStepped(model)) void model.steps.move({ to: 'back' });
      else model.playback.step(-1);
    },
  },
  {
    id: 'timeline.slower',
    title: 'Play slower',
    group: 'Timeline',
    keys: ['['],
    words: 'speed',
    available: isPlayed,
    run: ({ model }) => model.playback.changeSpeed(-1),
  },
  {
    id: 'timeline.faster',
    title: 'Play faster',
    group: 'Timeline',
    keys: [']'],
    words: 'speed',
    available: isPlayed,
    run: ({ model }) => model.playback.changeSpeed(1),
  },
  {
    id: 'timeline.loop',
    title: 'Loop selection',
    group: 'Timeline',
    keys: ['l'],
    words: 'loop a b',
    available: isPlayed,
    checked: ({ model }) => (model.playback.state?.loop ?? null) !== null,
    run: ({ model }) => {
      const looping = (model.playback.state?.loop ?? null) !== null;
      model.playback.loop(looping ? null : model.time.getState().range);
    },
  },
  {
    id: 'timeline.zoom-range',
    title: 'Zoom to selection',
    group: 'Timeline',
    words: 'zoom',
    available: ({ model }) => model.time.getState().range !== null,
    run: ({ model }) => {
      const { range } = model.time.getState();
      if (range) model.playback.zoomTo(range.start, range.end);
    },
  },
  {
    id: 'timeline.zoom-out',
    title: 'Zoom to fit',
    group: 'Timeline',
    words: 'zoom fit',
    available: isOpen,
    run: ({ model }) => model.playback.zoomOut(),
  },
  {
    id: 'timeline.latest',
    title: 'Return to live, or to the end',
    group: 'Timeline',
    words: 'live follow now end',
    available: isOpen,
    run: ({ model }) => model.playback.goTo(null),
  },
  takeAs('a'),
  takeAs('b'),
];

const place = 'Timeline';
/** Keys of the timeline and of address × time, while one of them has the focus. */
export const timeKeyHints: readonly KeyHint[] = [
  { place, keys: ['ArrowLeft', 'ArrowRight'], title: 'Previous / next frame' },
  { place, keys: ['Shift+ArrowRight'], title: 'Select an interval (any move)' },
  { place, keys: ['PageUp', 'PageDown'], title: 'A tenth of what is shown' },
  { place, keys: ['Home', 'End'], title: 'To the beginning or the end' },
  { place, keys: ['+', '-'], title: 'Zoom the time' },
  { place, keys: ['Enter'], title: 'Zoom to selection' },
  { place: 'Address × time', keys: ['ArrowLeft', 'ArrowRight'], title: 'Previous / next frame' },
  { place: 'Address × time', keys: ['ArrowUp', 'ArrowDown'], title: 'One cell up or down' },
];
