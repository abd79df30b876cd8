import { useState } from 'react';
import type { OperationName } from '#shared/source/operation.ts';
import { useModel, useOperations, useSession, useView } from '../../model/context.ts';
import { livenessOf } from '../../stores/liveness.ts';
import { isAble, parseForm } from '../../stores/operation-form.ts';
import { ATOMICITY } from '../../ui/atomicity.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox, Segmented, TextField } from '../../ui/fields.tsx';
import { PanelHead } from '../../ui/panel-head.tsx';
import { OperationLog } from './operation-log.tsx';
import { OperationOutcome } from './operation-outcome.tsx';
import { ProgramEvents } from './program-events.tsx';
import { RecordedOperations } from './recorded-operations.tsx';
import { WriteWatches } from './write-watches/write-watches.tsx';
import './operations.css';

const OPERATIONS: readonly (readonly [OperationName, string])[] = [
  ['GET', 'G'],
  ['CLEAR', 'C'],
  ['GET_AND_CLEAR', 'B'],
];

const TABS = [
  { value: 'ioctl', label: 'ioctl' },
  { value: 'write-watches', label: 'Write watches' },
] as const;

/** What can be done with the pages: the ioctl's operations, or Windows' write watches; of a recording, what was done. */
export function Operations() {
  const { view } = useModel();
  const open = useView((state) => state.operationsOpen);
  const tab = useView((state) => state.operationsTab);
  const source = useSession((state) => state.state?.source ?? null);
  const isLive = source !== null && !source.playback;
  return (
    <section className="operations" aria-label="Operations" tabIndex={-1}>
      <PanelHead title="Operations" isOpen={open} onOpen={(next) => view.setState({ operationsOpen: next })}>
        {open && isLive && (
          <Segmented
            label="Kind of operations"
            value={tab}
            choices={TABS}
            onChange={(operationsTab) => view.setState({ operationsTab })}
          />
        )}
      </PanelHead>
      {open && source?.playback && <RecordedOperations />}
      {open && !source?.playback && (tab === 'ioctl' ? <IoctlOperations /> : <WriteWatches />)}
    </section>
  );
}

/** GET, CLEAR and GET_AND_CLEAR over a typed or selected range; the result, and the log of all before. */
function IoctlOperations() {
  const { operations } = useModel();
  const form = useOperations((state) => state.form);
  const source = useSession((state) => state.state?.source ?? null);
  const isLive = useSession(({ host, state }) => livenessOf(host, state) === 'live');
  const [tried, setTried] = useState<OperationName | null>(null);
  const parsed = parseForm(tried ?? 'GET', form);
  const errors = tried && !parsed.ok ? parsed.errors : {};
  const able = source?.capabilities;
  const run = (op: OperationName): void => {
    setTried(op);
    void operations.runForm(op);
  };
  return (
    <div className="operations__body">
      <div className="operations__form">
        <div className="operations__range">
          <TextField
            label="start"
            mono
            value={form.start}
            placeholder="0x…"
            error={errors.start}
            onChange={(start) => operations.edit({ start })}
          />
          <TextField
            label="len"
            mono
            value={form.len}
            placeholder="bytes"
            error={errors.len}
            onChange={(len) => operations.edit({ len })}
          />
          <TextField
            label="vec_len"
            mono
            value={form.vecLen}
            placeholder="all"
            error={errors.vecLen}
            onChange={(vecLen) => operations.edit({ vecLen })}
          />
        </div>
        <Checkbox
          isSelected={form.noReused && able?.noReusedRegions !== false}
          isDisabled={able?.noReusedRegions === false}
          onChange={(noReused) => operations.edit({ noReused })}
        >
          <span className="mono">NO_REUSED_REGIONS</span>
          <span className="operations__hint">
            {able?.noReusedRegions === false
              ? 'No effect: this source does not report new mappings.'
              : 'Leave out pages that count only because their mapping is new.'}
          </span>
        </Checkbox>
        <div className="operations__buttons">
          {OPERATIONS.map(([op, key]) => (
            <Button
              key={op}
              shortcut={key}
              isDisabled={!isLive || !able || !isAble(op, able)}
              onPress={() => run(op)}
            >
              {op}
            </Button>
          ))}
        </div>
        <p className="operations__hint">
          {able ? ATOMICITY[able.getAndClear] : 'No source is open.'}
          {able && !able.clear && ' It cannot clear a range.'}
        </p>
        {able?.clearRefs && (
          <div className="operations__refs">
            <Button isDisabled={!isLive} onPress={() => void operations.clearRefs()}>
              clear_refs 4
            </Button>
            <span className="operations__hint">Clears the whole process.</span>
          </div>
        )}
      </div>
      <OperationOutcome />
      <OperationLog />
      <ProgramEvents />
    </div>
  );
}
