import type { ComparedPosition, StepComparison } from '#shared/contract/step-comparison.ts';
import { InspectorError } from '#shared/contract/errors.ts';
import type { PageWalk } from '#shared/source/page-walk.ts';
import { type AddressSpace, copyAddressSpace, diffEntries, diffVmas } from './address-space-diff.ts';
import type { LoggedCall } from './call-log.ts';
import type { StepPlayer } from './step-player.ts';

interface Kept {
  readonly at: ComparedPosition;
  /** Null at the beginning. A different call at its place: what followed a manual access runs again. */
  readonly call: LoggedCall | null;
  readonly space: AddressSpace;
}

/** A position of a step player that is kept, to be compared with the current one. */
export class KeptPosition {
  private readonly player: StepPlayer;
  private readonly walk: (page: number) => PageWalk;
  private kept: Kept | null = null;
  /** The last walk at the kept position: to make one, the player goes there and returns. */
  private keptWalk: PageWalk | null = null;

  /** @param walk of a page at the player's position */
  constructor(player: StepPlayer, walk: (page: number) => PageWalk) {
    this.player = player;
    this.walk = walk;
  }

  /** Sub-steps done at the kept position; null: none is kept, or it is no longer part of the program. */
  get position(): number | null {
    const { kept, player } = this;
    if (kept === null) return null;
    if (kept.call !== null && player.calls.at(kept.call.index) !== kept.call) this.forget();
    return this.kept?.at.position ?? null;
  }

  /** Keeps the current position in place of the previous one. */
  keep(): void {
    const { player } = this;
    this.keptWalk = null;
    this.kept = { at: present(player), call: player.call, space: copyAddressSpace(player.mm) };
  }

  forget(): void {
    this.kept = this.keptWalk = null;
  }

  /**
   * What differs between the kept position, which comes first, and the current one, whichever is earlier.
   * Throws `bad-request` if none is kept.
   */
  compare(page: number | null): StepComparison {
    const { player } = this;
    const position = this.position;
    const { kept } = this;
    if (kept === null || position === null)
      throw new InspectorError('bad-request', 'No step is kept.', 'Keep the current step first.');
    const space = copyAddressSpace(player.mm);
    return {
      before: kept.at,
      after: present(player),
      walk: page === null ? null : { before: this.walkThen(page, position), after: this.walk(page) },
      ...diffVmas(kept.space.vmas, space.vmas),
      ...diffEntries(kept.space.tables, space.tables),
    };
  }

  private walkThen(page: number, position: number): PageWalk {
    if (this.keptWalk?.page === page) return this.keptWalk;
    this.keptWalk = this.player.visit(position, () => this.walk(page));
    return this.keptWalk;
  }
}

function present(player: StepPlayer): ComparedPosition {
  const { position, process, call } = player;
  if (position === 0) return { position, process, sentence: '', function: '', call: '' };
  const subStep = player.subStep(position);
  return {
    position,
    process,
    sentence: subStep.sentence,
    function: subStep.function,
    call: call?.text ?? '',
  };
}
