import { InspectorError } from '#shared/contract/errors.ts';
import type { Parameter, ParameterValue } from '#shared/contract/parameter.ts';
import type { SourceSettings } from '#shared/source/source.ts';

/** Without it, pages that are written all the time are armed less often if that costs the program much. */
const EXACT: Parameter = {
  type: 'boolean',
  name: 'exact',
  label: 'Arm every page in each sample (exact)',
  default: false,
};

/** The one setting of a native source, where its tracker can leave pages unarmed. */
export class ExactSetting implements SourceSettings {
  /** Every page is armed in each sample. */
  on: boolean;
  private readonly exists: () => boolean;
  private readonly perform: (action: () => void) => Promise<void>;

  /**
   * @param exists whether the current tracker has it
   * @param perform runs an action of an open source
   */
  constructor(on: boolean, exists: () => boolean, perform: (action: () => void) => Promise<void>) {
    this.on = on;
    this.exists = exists;
    this.perform = perform;
  }

  get parameters(): readonly Parameter[] {
    return this.exists() ? [EXACT] : [];
  }

  values(): Readonly<Record<string, ParameterValue>> {
    return this.exists() ? { [EXACT.name]: this.on } : {};
  }

  set(name: string, value: ParameterValue): Promise<void> {
    return this.perform(() => {
      if (!this.exists() || name !== EXACT.name || typeof value !== 'boolean') {
        throw new InspectorError('bad-request', `This source has no setting ${name} = ${value}.`);
      }
      this.on = value;
    });
  }
}
