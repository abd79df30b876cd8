import type { CommandName, CommandRequest } from '#shared/contract/commands.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { PermitSubject } from '#shared/contract/permit.ts';
import type { PermitCheck } from '../session/server/permits.ts';

/** What an engine elsewhere may do: all that is permitted but commands of triggers, which run on the window's machine only. */
export class NoCommands implements PermitCheck {
  private readonly inner: PermitCheck;

  constructor(inner: PermitCheck) {
    this.inner = inner;
  }

  command<N extends CommandName>(name: N, request: CommandRequest<N>): void {
    this.inner.command?.(name, request);
  }

  require(subjects: readonly PermitSubject[], permits: readonly string[]): void {
    if (subjects.some(({ kind }) => kind === 'run'))
      throw new InspectorError(
        'not-permitted',
        'Triggers of an engine elsewhere cannot run commands.',
        'Use "soft-dirty record --trigger" on that machine.',
      );
    this.inner.require(subjects, permits);
  }
}
