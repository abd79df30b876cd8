import { Crosshair } from 'lucide-react';
import { useCallback, useRef, useState } from 'react';
import type { ProbeReport } from '#shared/contract/probe.ts';
import type { OpenSource } from '#shared/contract/commands.ts';
import type { InspectorErrorData } from '#shared/contract/errors.ts';
import type { TrackingOptions } from '#shared/source/backend.ts';
import type { SampleMode } from '#shared/source/source.ts';
import { useSession } from '../../model/context.ts';
import { TextField } from '../../ui/fields.tsx';
import { AttachEffects } from './attach-effects.tsx';
import { Card, type Alternative } from './card.tsx';
import { ModeChoice } from './mode-choice.tsx';
import { ProcessPicker } from './process-picker.tsx';
import { MethodOptions, MethodSelect } from './method-select.tsx';

/** The highest pid that Linux can have. */
const PID_MAX = 2 ** 22;

export function AttachCard({ report }: { readonly report: ProbeReport | null }) {
  const [how, setHow] = useState<TrackingOptions>({});
  const [mode, setMode] = useState<SampleMode | null>(null);
  const usual = useSession((session) => session.state?.mode ?? 'interval');
  const [text, setText] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const forget = useCallback(() => setText(''), []);
  const pid = /^\s*\d+\s*$/.test(text) ? Number(text) : NaN;
  const valid = pid >= 1 && pid <= PID_MAX;
  const changeMethod = (method: TrackingOptions): void => setHow({ ...hugeOf(how), ...method });
  return (
    <Card
      ref={form}
      area="attach"
      title="Attach to a process"
      icon={Crosshair}
      text="A program that runs already. It must be yours, or the inspector must run as root."
      action="Attach"
      isReady={valid}
      alternative={readingOnly}
      source={() => (valid ? { kind: 'native', pid, ...how, ...(mode && { mode }) } : null)}
      beside={
        <>
          <TextField
            label="Process number (pid)"
            mono
            value={text}
            onChange={setText}
            placeholder="12345"
            {...(text !== '' && !valid ? { error: `A whole number from 1 to ${PID_MAX}` } : {})}
          />
          <MethodSelect report={report} launched={false} how={how} onChange={changeMethod} />
        </>
      }
      below={
        <>
          <MethodOptions report={report} launched={false} how={how} onChange={changeMethod} />
          <AttachEffects pid={valid ? pid : null} how={how} onChange={setHow} />
        </>
      }
    >
      <ProcessPicker
        pid={valid ? pid : null}
        onSelect={(selected) => setText(String(selected))}
        onHidden={forget}
        onConfirm={() => form.current?.requestSubmit()}
      />
      <ModeChoice value={mode ?? usual} onChange={setMode} />
    </Card>
  );
}

/** A process that is tracked or traced by another program can still be read. */
function readingOnly({ kind }: InspectorErrorData, refused: OpenSource): Alternative | null {
  if (kind !== 'already-traced' || refused.kind !== 'native' || refused.backend === 'compare') return null;
  return {
    label: 'Attach with content comparison (reads only)',
    source: { kind: 'native', pid: refused.pid, backend: 'compare' },
  };
}

/** What is selected for huge pages; the tracking method has its own fields. */
const hugeOf = ({ huge, restoreHuge }: TrackingOptions): TrackingOptions => ({
  ...(huge && { huge }),
  ...(restoreHuge !== undefined && { restoreHuge }),
});
