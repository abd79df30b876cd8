import { MODE_SENTENCES } from '#shared/source/sample-mode.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { Segmented } from '../../ui/fields.tsx';

interface ModeChoiceProps {
  readonly value: SampleMode;
  readonly onChange: (mode: SampleMode) => void;
}

/** How the program is sampled, each way in one sentence. */
export function ModeChoice({ value, onChange }: ModeChoiceProps) {
  return (
    <div className="mode">
      <Segmented
        label="Sampling mode"
        value={value}
        choices={[
          { value: 'interval', label: 'Interval' },
          { value: 'hold', label: 'Hold' },
        ]}
        onChange={onChange}
      />
      <p className="mode__sentence faint">
        <b>Interval</b> {MODE_SENTENCES.interval}
      </p>
      <p className="mode__sentence faint">
        <b>Hold</b> {MODE_SENTENCES.hold} Selected automatically if other programs use the soft-dirty bits.
      </p>
    </div>
  );
}
