import type { ProbedBackend, ProbeReport } from '#shared/contract/probe.ts';
import { HUGE_POLICIES, type TrackingOptions } from '#shared/source/backend.ts';
import { preflight } from '../native/preflight/preflight.ts';
import { runProbe } from '../native/probe/probe.ts';
import { EXIT_FAILED, EXIT_OK, type Command, withOptions, type Output } from './command.ts';
import { effectsText } from './effects-text.ts';
import { backendOf, BadValue, oneOf } from './option-values.ts';
import { newSyntax, parseArguments, type Syntax } from './syntax.ts';
import { printable } from './terminal-text.ts';
import { processNumber } from './process-options.ts';

const syntax = (): Syntax =>
  newSyntax('soft-dirty probe')
    .usage('[--json]\n       soft-dirty probe --pid N [--backend NAME] [--huge HOW] [--json]')
    .description(
      "Reports what this kernel and this user can do: everything is tried on the inspector's own memory, and no other process is touched. Each result has its evidence, its meaning and a remedy. Then the backends, best first, and the default.\nWith --pid, what attaching to this process can change for it, and how likely that is: huge pages that would be split, mappings near their limit, io_uring, its own userfaultfd. Only files in /proc are read.",
    )
    .option('--pid <N>', 'the process (see "soft-dirty ps")')
    .option(
      '--backend <NAME>',
      'the backend that it would be attached to with; without it the best that works here',
    )
    .option('--huge <HOW>', 'split, leave or compare (see "soft-dirty watch --help")')
    .option('--json', 'one JSON object', false);

const notes = `The object of --json: {"platform", "kernel", "user", "capabilities", "backends", "choice"}; with --pid
{"pid", "name", "backend", "facts", "effects": [{"id", "severity", "title", "detail", "chance"}]}.

Exit codes: 0 real programs can be watched here; 1 none can, or there is no such process; 2 wrong usage.
`;

interface Options {
  /** Null: the system itself. */
  readonly pid: number | null;
  readonly how: TrackingOptions;
  readonly json: boolean;
}

interface Values {
  readonly pid?: string;
  readonly backend?: string;
  readonly huge?: string;
  readonly json: boolean;
}

function parse(args: readonly string[]): Options {
  const { values } = parseArguments<Values>(syntax(), args);
  const { pid, backend, huge, json } = values;
  if (pid === undefined && (backend ?? huge) !== undefined)
    throw new BadValue('--backend and --huge are for --pid');
  return {
    pid: pid === undefined ? null : processNumber(pid),
    how: {
      ...(backend !== undefined && { backend: backendOf(backend) }),
      ...(huge !== undefined && { huge: oneOf('--huge', huge, HUGE_POLICIES) }),
    },
    json,
  };
}

export const probeCommand: Command = {
  syntax,
  notes,
  run: withOptions('probe', parse, run),
};

async function run({ pid, how, json }: Options, output: Output): Promise<number> {
  if (pid !== null) {
    const found = await preflight(pid, how);
    output.out(json ? `${JSON.stringify(found, null, 1)}\n` : effectsText(found));
    return EXIT_OK;
  }
  const report = runProbe();
  output.out(json ? `${JSON.stringify(report, null, 1)}\n` : probeText(report));
  return report.choice.launched === null ? EXIT_FAILED : EXIT_OK;
}

export function probeText(report: ProbeReport): string {
  const { platform, kernel, user, capabilities, backends, choice } = report;
  const who = user.uid === null ? '' : `, as ${printable(user.name)} (${user.uid})`;
  const lines = [`Kernel ${kernel} on ${platform}${who}`, '', 'What this kernel and this user can do'];
  for (const { available, title, evidence, reason, remedy } of capabilities) {
    lines.push(...entry(available, title, [evidence, reason, remedy]));
  }
  lines.push('', 'Backends, best first');
  for (const backend of backends) {
    const { available, id, title, reason, remedy } = backend;
    lines.push(...entry(available, `${id}: ${title}`, [available ? scope(backend) : '', reason, remedy]));
  }
  const used = (name: string | null) => name ?? 'none';
  lines.push(
    '',
    `Used for running programs: ${used(choice.running)}; for launched ones: ${used(choice.launched)}.`,
    choice.reason,
  );
  return `${lines.join('\n')}\n`;
}

function entry(available: boolean, title: string, sentences: readonly string[]): string[] {
  const mark = available ? 'yes' : 'no ';
  return [`  ${mark}  ${title}`, ...sentences.filter(Boolean).map((text) => `         ${printable(text)}`)];
}

const PROGRAMS: Readonly<Record<ProbedBackend['programs'], string>> = {
  all: 'Programs of every user.',
  own: 'Your own programs.',
  launched: 'Programs launched from the inspector.',
  none: '',
};

const scope = ({ programs }: ProbedBackend) => PROGRAMS[programs];
