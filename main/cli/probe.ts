import { parseArgs } from 'node:util';
import type { ProbedBackend, ProbeReport } from '#shared/contract/probe.ts';
import { runProbe } from '../native/probe/probe.ts';
import { EXIT_FAILED, EXIT_OK, usageError, type Command } from './command.ts';
import { printable } from './terminal-text.ts';

const usage = `Usage: soft-dirty probe [--json]

Tells what this kernel and this user can do: everything is tried on memory of the inspector's own, and no other process
is touched. Each answer comes with its evidence, what it means, and what would change it. Then the backends, best first,
and which of them is used unless you choose.

--json   one JSON object: {"platform", "kernel", "user", "capabilities", "backends", "choice"}

Exit codes: 0 real programs can be watched here; 1 none can; 2 wrong usage.
`;

export const probeCommand: Command = {
  usage,
  run(args, output) {
    let json: boolean;
    try {
      json = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } }).values
        .json;
    } catch (error) {
      return Promise.resolve(usageError(output, 'probe', (error as Error).message));
    }
    const report = runProbe();
    output.out(json ? `${JSON.stringify(report, null, 1)}\n` : probeText(report));
    return Promise.resolve(report.choice.launched === null ? EXIT_FAILED : EXIT_OK);
  },
};

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
