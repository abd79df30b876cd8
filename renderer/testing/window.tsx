/** A window for tests of components: real stores and client, an engine that answers as the test defines. */
import { mapInput } from '../model/map-input.ts';
import type { ReactNode } from 'react';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import type { CommandName } from '#shared/contract/commands.ts';
import type { EventName, EventPayload } from '#shared/contract/events.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { Frame } from '#shared/frame/frame.ts';
import { MapContext } from '../heatmap/view/context.ts';
import { MapView } from '../heatmap/view/map-view.ts';
import { ModelContext } from '../model/context.ts';
import { AppModel } from '../model/app-model.ts';

export const CAPABLE: Capabilities = {
  get: true,
  clear: true,
  getAndClear: 'atomic',
  noReusedRegions: true,
  clearRefs: true,
  walk: 'entries',
  bytes: true,
  snapshot: false,
  control: ['pause', 'continue', 'step'],
  seek: false,
};

export function openState(
  capabilities: Partial<Capabilities> = {},
  more: Partial<SessionState> = {},
): SessionState {
  return {
    source: {
      description: {
        kind: 'simulated',
        title: 'Game loop',
        detail: 'seed 1',
        pid: null,
        backend: 'simulated, mode documented',
        launched: false,
      },
      capabilities: { ...CAPABLE, ...capabilities },
      running: true,
      step: 3,
      settings: [],
      values: {},
      playback: null,
    },
    ended: null,
    mode: 'hold',
    hz: 20,
    paused: false,
    recording: null,
    ...more,
  };
}

/** Replies by command; a thrown `{kind, message, remedy}` is the engine's error. */
export type Answers = Partial<Record<CommandName, (payload: unknown) => unknown>>;

/** Requests made for every open source. */
const USUAL: Answers = {
  'session.state': () => openState(),
  'marks.list': () => ({ marks: [] }),
  'timeline.processEvents': () => ({ events: [] }),
  'timeline.operations': () => ({ operations: [], total: 0 }),
};

export class TestWindow {
  readonly model: AppModel;
  readonly map: MapView;
  readonly calls: { name: string; payload: unknown }[] = [];
  readonly host = document.createElement('div');
  private readonly root = createRoot(this.host);
  private readonly channel = portPair();
  private readonly answers: Answers;

  /** @param settings where settings are kept between windows; null: nowhere */
  constructor(answers: Answers = {}, settings: ConstructorParameters<typeof AppModel>[0] = null) {
    this.model = new AppModel(settings);
    this.map = new MapView(mapInput(this.model));
    this.answers = answers;
    document.body.append(this.host);
    this.channel.port1.addEventListener('message', ({ data }) => {
      const message = data as { type: string; id: number; name: CommandName; payload: unknown };
      if (message.type === 'request') this.answer(message);
    });
  }

  /** Connects the engine and shows `children`. */
  async show(children: ReactNode): Promise<this> {
    this.model.link.connect(this.channel.port2);
    await act(async () => {
      this.root.render(
        <ModelContext value={this.model}>
          <MapContext value={this.map}>{children}</MapContext>
        </ModelContext>,
      );
      await settled();
    });
    return this;
  }

  /** Puts a frame into the picture and takes the sums. */
  async frame(frame: Frame): Promise<void> {
    await act(async () => {
      this.model.frames.apply(frame, performance.now());
      this.model.summary.refresh();
      await settled();
    });
  }

  async press(name: string): Promise<void> {
    const button = this.button(name);
    await act(async () => {
      button.click();
      await settled();
    });
  }

  /** The button of this accessible name. */
  button(name: string): HTMLButtonElement {
    const buttons = [...document.querySelectorAll<HTMLButtonElement>('button')];
    const found = buttons.find((button) =>
      (button.getAttribute('aria-label') ?? button.textContent).trim().startsWith(name),
    );
    if (!found)
      throw new Error(`no button “${name}” among ${buttons.map((button) => button.textContent).join(', ')}`);
    return found;
  }

  async type(label: string, text: string): Promise<void> {
    const field = [...this.host.querySelectorAll('label')].find((one) => one.textContent === label);
    const input = document.getElementById(field?.htmlFor ?? '');
    if (!(input instanceof HTMLInputElement)) throw new Error(`no field “${label}”`);
    await act(async () => {
      // React listens for the value that the prototype's setter sets.
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(input, text);
      input.dispatchEvent(new Event('input', { bubbles: true }));
      await settled();
    });
  }

  /** An event of the engine, as it comes over the port. */
  event<N extends EventName>(name: N, payload: EventPayload<N>): void {
    this.channel.port1.postMessage({ type: 'event', name, payload });
  }

  async act(run: () => unknown): Promise<void> {
    await act(async () => {
      await run();
      await settled();
    });
  }

  close(): void {
    act(() => this.root.unmount());
    this.host.remove();
    this.channel.port1.close();
  }

  private answer({ id, name, payload }: { id: number; name: CommandName; payload: unknown }): void {
    this.calls.push({ name, payload });
    const post = (result: unknown): void => this.channel.port1.postMessage({ type: 'reply', id, result });
    const answer = this.answers[name] ?? USUAL[name];
    try {
      if (!answer) throw Object.assign(new Error(name), { kind: 'unsupported', remedy: '' });
      post({ ok: true, payload: answer(payload) });
    } catch (cause) {
      const { kind, message, remedy } = cause as { kind: string; message: string; remedy: string };
      post({ ok: false, error: { kind, message, remedy } });
    }
  }
}

/** Messages of a port take a turn of the event loop each way. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

/** Defines what the components use and jsdom lacks. */
export function fillJsdom(): void {
  Object.assign(globalThis, {
    IS_REACT_ACT_ENVIRONMENT: true,
    CSS: { escape: (text: string) => text.replaceAll(/[^\w-]/g, '\\$&') },
    ResizeObserver: class {
      observe(): void {}
      unobserve(): void {}
      disconnect(): void {}
    },
  });
  Element.prototype.scrollIntoView ??= () => undefined;
  // jsdom lays nothing out: a list takes this height, in pixels, for that of its scrolled part.
  Object.defineProperty(Element.prototype, 'clientHeight', { configurable: true, get: () => 800 });
  window.matchMedia ??= (query) =>
    ({
      matches: false,
      media: query,
      addEventListener: () => undefined,
      removeEventListener: () => undefined,
    }) as unknown as MediaQueryList;
}

/** Two ends of a port that hands messages over as they are: a copy would be of Node's classes, not of jsdom's. */
function portPair(): { port1: MessagePort; port2: MessagePort } {
  class End extends EventTarget {
    other: End | null = null;
    postMessage(data: unknown): void {
      queueMicrotask(() => this.other?.dispatchEvent(new MessageEvent('message', { data })));
    }
    start(): void {}
    close(): void {
      this.other = null;
    }
  }
  const [one, two] = [new End(), new End()];
  one.other = two;
  two.other = one;
  return { port1: one as unknown as MessagePort, port2: two as unknown as MessagePort };
}
