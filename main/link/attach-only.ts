import type { CommandName, CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { PermitSubject } from '#shared/contract/permit.ts';
import type { Engine } from '../session/server/handlers.ts';
import type { PermitCheck } from '../session/server/permits.ts';

/** Whether this process is root on behalf of another user, by pkexec or sudo. */
export function isElevated(
  env: NodeJS.ProcessEnv = process.env,
  uid: number | undefined = process.geteuid?.(),
): boolean {
  return (
    uid === 0 && [env['PKEXEC_UID'], env['SUDO_UID']].some((caller) => caller !== undefined && caller !== '0')
  );
}

/**
 * What an engine with another user's rights may do: attach to programs, read their memory, pause, continue and kill what it is attached
 * to. It opens and makes no file, and starts no program, so that root's rights reach neither; what it records, the window's end writes.
 */
export class AttachOnly implements PermitCheck {
  private readonly inner: PermitCheck;

  constructor(inner: PermitCheck) {
    this.inner = inner;
  }

  command<N extends CommandName>(name: N, request: CommandRequest<N>): void {
    if (name === 'trigger.add') {
      const { action } = request as CommandRequest<'trigger.add'>;
      if (action.kind === 'run') throw notElevated(WHAT.run);
      if (action.kind === 'snapshot' || action.kind === 'save') throw notElevated('Writing a file');
    }
    const isLinked = 'linked' in request && request.linked !== undefined;
    // One at the window's end of the link is made there, with the user's rights.
    if (name === 'recording.start' && !isLinked) throw notElevated('Recording to a file');
    // Root parses no debug information that the program's owner wrote.
    if (name === 'writers.watch' || name === 'words.watch') throw notElevated('Finding which code writes');
  }

  require(subjects: readonly PermitSubject[], permits: readonly string[]): void {
    for (const { kind } of subjects) if (kind !== 'attach') throw notElevated(WHAT[kind]);
    this.inner.require(subjects, permits);
  }

  /** The engine without programs of its own. */
  static engine(engine: Engine): Engine {
    return {
      ...engine,
      openSource: (what) => {
        if (what.kind !== 'native' && what.kind !== 'simulated') throw notElevated(WHAT.launch);
        return engine.openSource(what);
      },
    };
  }
}

const WHAT = {
  launch: 'Starting a program',
  read: 'Opening a recording',
  write: 'Recording to a file',
  run: 'Running a command',
} as const;

function notElevated(what: string): InspectorError {
  return new InspectorError(
    'not-permitted',
    `${what} is not available with administrator rights.`,
    'Select the engine of "This machine".',
  );
}
