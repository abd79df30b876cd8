import { InspectorError } from '#shared/contract/errors.ts';
import { defaultMode } from '#shared/source/sample-mode.ts';
import { capabilitiesOf, type SampleMode, type TrackingSource } from '#shared/source/source.ts';

/** Where a clear takes something from another program, the first one is refused with the reason; the user may repeat it. */
export class ClearConfirmation {
  private readonly source: TrackingSource;
  private confirmed = false;

  constructor(source: TrackingSource) {
    this.source = source;
  }

  /** Throws if samples cannot clear at all. */
  requireInterval(): void {
    if (this.source.stepping !== null) {
      throw new InspectorError(
        'unsupported',
        'A program that is played by sub-steps is cleared by its own calls only.',
        'Use GET_AND_CLEAR, or clear_refs.',
      );
    }
    this.require();
  }

  /** Throws once for each source if a clear takes something from another program. */
  require(): void {
    const clearsForOthers = this.source.operations?.clearsForOthers;
    if (clearsForOthers === undefined || this.confirmed) return;
    this.confirmed = true;
    throw new InspectorError(
      'bad-request',
      clearsForOthers,
      'Nothing was cleared. Repeat it to clear anyway.',
    );
  }

  /** Samples clear nothing that others may use unless the user wants that. @param selected null: what suits the source */
  mode(selected: SampleMode | null): SampleMode {
    const capabilities = capabilitiesOf(this.source);
    if (capabilities.steps === true) return 'hold';
    if (capabilities.clearsForOthers !== undefined && !this.confirmed) return 'hold';
    return selected ?? defaultMode(capabilities);
  }
}
