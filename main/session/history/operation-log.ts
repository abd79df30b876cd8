import { InspectorError } from '#shared/contract/errors.ts';
import type { OperationRecord } from '#shared/contract/recording.ts';

/** An operation as far as it is known before it is done. */
export type Operation = Pick<OperationRecord, 'action'> &
  Partial<Pick<OperationRecord, 'request' | 'detail'>>;
export type OperationOutcome = OperationRecord['result'];

/** The one place in which manual operations are timed and logged. */
export class OperationLog {
  private readonly nowNs: () => number;
  private readonly add: (record: OperationRecord) => void;

  /**
   * @param nowNs the session's clock
   * @param add gets each operation once it ended
   */
  constructor(nowNs: () => number, add: (record: OperationRecord) => void) {
    this.nowNs = nowNs;
    this.add = add;
  }

  /** Runs `task` and logs it, however it ends. @param outcomeOf what is logged of its value; default: 0 */
  async run<T>(
    operation: Operation,
    task: () => Promise<T>,
    outcomeOf: (value: T) => OperationOutcome = returnsZero,
  ): Promise<T> {
    const timeNs = this.nowNs();
    const began = performance.now();
    const log = (result: OperationOutcome): void => {
      const durationNs = (performance.now() - began) * 1e6;
      this.add({ request: null, detail: '', ...operation, timeNs, result, durationNs });
    };
    try {
      const value = await task();
      log(outcomeOf(value));
      return value;
    } catch (cause) {
      const { kind, message } = InspectorError.from(cause);
      log({ ok: false, errno: kind, message });
      throw cause;
    }
  }
}

const returnsZero = (): OperationOutcome => ({ ok: true, ret: 0, next: null });
