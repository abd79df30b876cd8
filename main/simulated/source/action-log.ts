import type { OpenSource } from '#shared/contract/commands.ts';
import type { OperationRequest } from '#shared/source/operation.ts';
import type { RerunAction, RerunLog } from '#shared/source/rerun.ts';

/** Steps and samples of a day. */
const MAX_ACTIONS = 4_000_000;

/** Keeps what is done to a simulated program, so that it can run again. */
export class ActionLog implements RerunLog {
  readonly program: string;
  private kept: RerunAction[] | null = [];

  constructor(request: Extract<OpenSource, { kind: 'simulated' | 'scenario' }>) {
    this.program = JSON.stringify(request);
  }

  get actions(): readonly RerunAction[] | null {
    return this.kept;
  }

  add(action: RerunAction): void {
    if (this.kept === null) return;
    if (this.kept.length < MAX_ACTIONS) this.kept.push(action);
    else this.kept = null;
  }
}

export function operateAction(request: OperationRequest): RerunAction {
  return { operate: { ...request, start: String(request.start), len: String(request.len) } };
}
