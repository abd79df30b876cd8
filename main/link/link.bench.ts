/**
 * Frames over a link. Bytes a second of 20 samples a second of 4 GiB, of which 1 % is written in each sample, beside frames that are not
 * compressed; the time from the request of a sample to the frame with what was written, by ssh on loopback beside a local port; and how
 * soon an engine runs as administrator (as root alone).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { encodeFrame } from '#shared/frame/codec.ts';
import { Plane } from '#shared/memory/plane.ts';
import { openAnySource } from '../open-sources.ts';
import { loadZstd } from '../recording/zstd.ts';
import { LiveSampler } from '../session/live/live-sampler.ts';
import { ServedWindow, type TestWindow } from '../session/testing/test-window.ts';
import { Machine } from '../simulated/machine.ts';
import { MACHINE_PARAMETERS } from '../simulated/source/parameters.ts';
import { SimulatedSource } from '../simulated/source/simulated-source.ts';
import { Program } from '../simulated/workloads/program.ts';
import { Random } from '../simulated/workloads/random.ts';
import { Settings } from '../simulated/workloads/settings.ts';
import { connectCommand } from './connect-command.ts';
import { encodeMessage, MessageKind } from './message-codec.ts';
import { ADMINISTERED_USER, OwnAdministration } from './testing/own-administration.ts';
import { RemoteWindow } from './testing/remote-window.ts';
import { SshServer } from './testing/ssh-server.ts';

/** The benchmark is built beside the other bundles. */
const dist = import.meta.dirname;
const PAGES = 2 ** 20;
const CHURN = PAGES / 100;
const HZ = 20;
const SAMPLES = 60;

/** A program of 4 GiB whose step writes 1 % of it, in runs of `run` pages. */
function sourceOf(run: number): SimulatedSource {
  const program = new Program(new Machine(), new Random(1));
  const memory = program.map('[anon:memory]', PAGES);
  program.write(memory, 0, PAGES);
  const workload = {
    step() {
      for (let i = 0; i < CHURN / run; i++) program.write(memory, program.random.below(PAGES - run), run);
    },
  };
  const words = { title: '', detail: '' };
  return new SimulatedSource(program, workload, Settings.of(MACHINE_PARAMETERS, {}), words);
}

async function measureBytes(run: number): Promise<void> {
  const source = sourceOf(run);
  const sampler = new LiveSampler(source, 0);
  await sampler.sample('interval', false);
  let plain = 0;
  let sent = 0;
  let compressMs = 0;
  for (let i = 0; i < SAMPLES; i++) {
    await source.control('step');
    const buffer = encodeFrame(await sampler.sample('interval', false));
    plain += buffer.byteLength;
    const began = performance.now();
    const parts = encodeMessage(MessageKind.Frame, [new Uint8Array(buffer)], true) ?? [];
    compressMs += performance.now() - began;
    sent += parts.reduce((sum, part) => sum + part.length, 0);
  }
  const kib = (bytes: number) => ((bytes / SAMPLES) * HZ) / 1024;
  console.log(
    `1 % of 4 GiB each sample, runs of ${String(run).padStart(4)} pages: ${kib(sent).toFixed(0).padStart(6)} KiB/s, ` +
      `not compressed ${kib(plain).toFixed(0)} KiB/s; ${(compressMs / SAMPLES).toFixed(2)} ms a frame to compress`,
  );
}

const ROUNDS = 200;

interface Tick {
  readonly runs: readonly (readonly [first: number, pages: number])[];
}

/** Milliseconds from a request to write to the frame that shows all of it, a sample being asked for at once. */
async function measureLatency(window: TestWindow, program: Demo, permits?: string[]): Promise<string> {
  await window.call('source.open', { kind: 'native', pid: program.pid, mode: 'interval' }, permits);
  await window.call('session.configure', { paused: true });
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    await window.call('session.sample', {});
    const { runs } = await program.step();
    const [first = 0] = runs[0] ?? [];
    const page = program.start + first;
    const began = performance.now();
    void window.call('session.sample', {});
    await window.until(() =>
      window.state.tiles.runs(Plane.Written).some(([start, end]) => page >= start && page < end),
    );
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => (times[Math.floor(times.length * share)] ?? NaN).toFixed(2);
  return `median ${at(0.5)} ms, p95 ${at(0.95)} ms`;
}

/** The demo program, which writes on request. */
class Demo {
  readonly pid: number;
  readonly start: number;
  private readonly lines: Interface;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, lines: Interface, address: string) {
    this.child = child;
    this.lines = lines;
    this.pid = child.pid ?? 0;
    this.start = Number(BigInt(address) / 4096n);
  }

  static async run(): Promise<Demo> {
    const child = spawn(process.execPath, [join(dist, 'demo-program.js'), '--lock-step'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lines = createInterface(child.stdout);
    const [line] = (await once(lines, 'line')) as [string];
    return new Demo(child, lines, (JSON.parse(line) as { address: string }).address);
  }

  async step(): Promise<Tick> {
    const next = once(this.lines, 'line');
    this.child.stdin?.write('step 1\n');
    const [line] = (await next) as [string];
    return JSON.parse(line) as Tick;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** From the start of pkexec, which a rule consents to at once, to the engine's first message. */
async function measureAdministrator(): Promise<void> {
  const administration = await OwnAdministration.start(join(dist, 'cli.js'));
  try {
    const times: number[] = [];
    for (let i = 0; i < 10; i++) {
      const began = performance.now();
      const words = administration.as(ADMINISTERED_USER, 'pkexec', 'soft-dirty', 'serve', '--stdio');
      const window = new RemoteWindow({ words, env: process.env });
      await window.connected;
      times.push(performance.now() - began);
      await window.close();
    }
    times.sort((a, b) => a - b);
    const [fastest, slowest] = [times[0] ?? NaN, times.at(-1) ?? NaN];
    console.log(
      `start as administrator after consent: ${fastest.toFixed(0)} to ${slowest.toFixed(0)} ms, aim 1000 ms`,
    );
  } finally {
    await administration.stop();
  }
}

await loadZstd();
for (const run of [1, 16, 512]) await measureBytes(run);

const server = await SshServer.start(join(dist, 'cli.js'));
const demo = await Demo.run();
try {
  const local = new ServedWindow(openAnySource);
  console.log(`sample to frame, local port: ${await measureLatency(local, demo)}`);
  await local.close();
  const remote = new RemoteWindow(connectCommand(server.location, server.env));
  const permits = remote.permit({ kind: 'attach', pid: demo.pid });
  console.log(`sample to frame, ssh on loopback: ${await measureLatency(remote, demo, permits)}`);
  await remote.close();
  await measureAdministrator();
} finally {
  demo.kill();
  await server.stop();
}
process.exit(0);
