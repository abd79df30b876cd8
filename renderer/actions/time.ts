import { PHASE_KEY } from '#shared/contract/shell.ts';
import { isRecordable } from '../controllers/recorder.ts';
import { type Action, type ActionContext, always, type KeyHint } from './action.ts';

const isPlayed = ({ inspector }: ActionContext): boolean => inspector.playback.state !== null;
const isOpen = ({ inspector }: ActionContext): boolean =>
  (inspector.session.getState().state?.source ?? null) !== null;

function canRecord({ inspector }: ActionContext): boolean {
  const { state } = inspector.session.getState();
  return state !== null && (state.recording !== null || isRecordable(state));
}

/** What is told below the map must be seen. */
const showTimeline = ({ inspector }: ActionContext): void => inspector.view.setState({ bottomOpen: true });

function openRecording({ inspector }: ActionContext): void {
  void inspector.attempt(async () => {
    const path = await inspector.shell?.chooseRecording();
    if (path) await inspector.open({ kind: 'recording', path });
  });
}

/** Takes the chosen moment or stretch as one side of the comparison, and shows it. */
const takeAs = (side: 'a' | 'b'): Action => ({
  id: `compare.take-${side}`,
  title: `Compare: take the chosen moment or stretch as ${side.toUpperCase()}`,
  group: 'Timeline',
  keys: [`Shift+${side}`],
  words: 'difference moments sets',
  available: isOpen,
  run: ({ inspector }) => {
    const latest = inspector.timeline.store.getState().available?.end ?? null;
    const moment = inspector.compare.present(latest);
    if (!moment) return;
    inspector.compare.choose(side, moment);
    inspector.view.setState({ middle: 'compare' });
  },
});

/** Opening recordings, playing them, recording, marking moments. */
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
    checked: ({ inspector }) => inspector.recorder.isRecording,
    run: (context) => {
      showTimeline(context);
      void context.inspector.recorder.toggle();
    },
  },
  {
    id: 'recording.start-as',
    title: 'Record to a file …',
    group: 'Recording',
    words: 'capture save as mcap',
    available: ({ inspector }) => inspector.recorder.canRecord && !inspector.recorder.isRecording,
    run: (context) => {
      showTimeline(context);
      void context.inspector.attempt(() => context.inspector.recorder.startAs());
    },
  },
  {
    id: 'recording.dump',
    title: 'Dump and reset: end a phase of the program',
    group: 'Recording',
    keys: ['e'],
    words: 'snapshot clear phase mark',
    available: ({ inspector }) => inspector.recorder.canRecord,
    run: (context) => {
      showTimeline(context);
      void context.inspector.recorder.dumpAndReset();
    },
  },
  {
    id: 'recording.phase-key',
    title: `Dump and reset from any program with ${PHASE_KEY}`,
    group: 'Recording',
    words: 'global hotkey shortcut game focus phase',
    available: always,
    checked: ({ inspector }) => inspector.view.getState().phaseKey,
    run: ({ inspector }) => inspector.view.setState(({ phaseKey }) => ({ phaseKey: !phaseKey })),
  },
  {
    id: 'timeline.mark',
    title: 'Mark this moment',
    group: 'Timeline',
    keys: ['m'],
    words: 'bookmark note flag',
    available: isOpen,
    run: (context) => {
      showTimeline(context);
      void context.inspector.timeline.markHere();
    },
  },
  {
    id: 'timeline.step-on',
    title: 'A frame on',
    group: 'Timeline',
    keys: ['ArrowRight', 'Alt+ArrowRight'],
    words: 'step next playback',
    available: isOpen,
    run: ({ inspector }) => inspector.playback.step(1),
  },
  {
    id: 'timeline.step-back',
    title: 'A frame back',
    group: 'Timeline',
    keys: ['ArrowLeft', 'Alt+ArrowLeft'],
    words: 'step previous reverse playback',
    available: isOpen,
    run: ({ inspector }) => inspector.playback.step(-1),
  },
  {
    id: 'timeline.slower',
    title: 'Play slower',
    group: 'Timeline',
    keys: ['['],
    words: 'speed',
    available: isPlayed,
    run: ({ inspector }) => inspector.playback.changeSpeed(-1),
  },
  {
    id: 'timeline.faster',
    title: 'Play faster',
    group: 'Timeline',
    keys: [']'],
    words: 'speed',
    available: isPlayed,
    run: ({ inspector }) => inspector.playback.changeSpeed(1),
  },
  {
    id: 'timeline.loop',
    title: 'Repeat the chosen stretch, or all again',
    group: 'Timeline',
    keys: ['l'],
    words: 'loop a b',
    available: isPlayed,
    checked: ({ inspector }) => (inspector.playback.state?.loop ?? null) !== null,
    run: ({ inspector }) => {
      const looping = (inspector.playback.state?.loop ?? null) !== null;
      inspector.playback.loop(looping ? null : inspector.time.getState().range);
    },
  },
  {
    id: 'timeline.zoom-range',
    title: 'Look at the chosen stretch of time',
    group: 'Timeline',
    words: 'zoom',
    available: ({ inspector }) => inspector.time.getState().range !== null,
    run: ({ inspector }) => {
      const { range } = inspector.time.getState();
      if (range) inspector.playback.zoomTo(range.start, range.end);
    },
  },
  {
    id: 'timeline.zoom-out',
    title: 'Show all the time there is',
    group: 'Timeline',
    words: 'zoom fit',
    available: isOpen,
    run: ({ inspector }) => inspector.playback.zoomOut(),
  },
  {
    id: 'timeline.latest',
    title: 'Return to live, or to the end',
    group: 'Timeline',
    words: 'live follow now end',
    available: isOpen,
    run: ({ inspector }) => inspector.playback.goTo(null),
  },
  takeAs('a'),
  takeAs('b'),
];

const place = 'Timeline';
/** Keys of the timeline and of address × time, while one of them has the focus. */
export const timeKeyHints: readonly KeyHint[] = [
  { place, keys: ['ArrowLeft', 'ArrowRight'], title: 'Previous or next frame' },
  { place, keys: ['Shift+ArrowRight'], title: 'Choose a stretch (any move)' },
  { place, keys: ['PageUp', 'PageDown'], title: 'A tenth of what is shown' },
  { place, keys: ['Home', 'End'], title: 'To the beginning or the end' },
  { place, keys: ['+', '-'], title: 'Zoom the time' },
  { place, keys: ['Enter'], title: 'Look at the chosen stretch' },
  { place: 'Address × time', keys: ['ArrowLeft', 'ArrowRight'], title: 'Previous or next frame' },
  { place: 'Address × time', keys: ['ArrowUp', 'ArrowDown'], title: 'A dot up or down' },
];
