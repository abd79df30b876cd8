import { useState } from 'react';
import { useModel, useSession, useWriteWatches } from '../../../model/context.ts';
import { livenessOf } from '../../../stores/liveness.ts';
import { isReset, parseWatchForm } from '../../../stores/watch-form.ts';
import { Button } from '../../../ui/button.tsx';
import { Checkbox, TextField } from '../../../ui/fields.tsx';
import { Message } from '../../../ui/message.tsx';
import { CallOutcome } from './call-outcome.tsx';
import { Demonstrations } from './demonstrations.tsx';
import { Regions } from './regions.tsx';
import { UseFigures } from './use-figures.tsx';
import './write-watches.css';

/** Windows' write watches over the open source: regions, a call with its result, what uses them. */
export function WriteWatches() {
  const able = useSession((state) => state.state?.source?.capabilities);
  const problem = useWriteWatches((state) => state.problem);
  if (able && !able.clear)
    return (
      <div className="operations__body">
        <div className="watches__part">
          <Message message="Write watches need a source that can clear ranges, which this one cannot." />
        </div>
      </div>
    );
  return (
    <div className="operations__body" data-testid="write-watches">
      {problem && (
        <div className="watches__part">
          <Message message={problem.message} remedy={problem.remedy} />
        </div>
      )}
      <Regions />
      <CallForm />
      <CallOutcome />
      <UseFigures />
      <Demonstrations />
    </div>
  );
}

/** The arguments of GetWriteWatch and ResetWriteWatch. */
function CallForm() {
  const { writeWatches } = useModel();
  const form = useWriteWatches((state) => state.form);
  const isLive = useSession(({ host, state }) => livenessOf(host, state) === 'live');
  const [tried, setTried] = useState(false);
  const parsed = parseWatchForm(form);
  const errors = tried && 'errors' in parsed ? parsed.errors : {};
  return (
    <section className="watches__part" aria-label="Call">
      <div className="operations__range">
        <TextField
          label="lpBaseAddress"
          mono
          value={form.base}
          placeholder="0x…"
          error={errors.base}
          onChange={(base) => writeWatches.edit({ base })}
        />
        <TextField
          label="dwRegionSize"
          mono
          value={form.size}
          placeholder="bytes"
          error={errors.size}
          onChange={(size) => writeWatches.edit({ size })}
        />
        <TextField
          label="*lpdwCount"
          mono
          value={form.count}
          placeholder="all"
          error={errors.count}
          onChange={(count) => writeWatches.edit({ count })}
        />
      </div>
      <div className="watches__flags">
        <TextField
          label="dwFlags"
          mono
          value={form.flags}
          error={errors.flags}
          onChange={(flags) => writeWatches.edit({ flags })}
        />
        <Checkbox
          isSelected={isReset(form)}
          onChange={(reset) => writeWatches.edit({ flags: reset ? '1' : '0' })}
        >
          <span className="mono">WRITE_WATCH_FLAG_RESET</span>
          <span className="operations__hint">Resets the returned pages in the same atomic step.</span>
        </Checkbox>
      </div>
      <div className="watches__nulls" role="group" aria-label="Pointers that are NULL">
        <span className="faint">NULL:</span>
        <Checkbox
          isSelected={form.nullAddresses}
          onChange={(nullAddresses) => writeWatches.edit({ nullAddresses })}
        >
          <span className="mono">lpAddresses</span>
        </Checkbox>
        <Checkbox isSelected={form.nullCount} onChange={(nullCount) => writeWatches.edit({ nullCount })}>
          <span className="mono">lpdwCount</span>
        </Checkbox>
        <Checkbox
          isSelected={form.nullGranularity}
          onChange={(nullGranularity) => writeWatches.edit({ nullGranularity })}
        >
          <span className="mono">lpdwGranularity</span>
        </Checkbox>
      </div>
      <div className="watches__buttons">
        <Button
          kind="primary"
          isDisabled={!isLive}
          onPress={() => {
            setTried(true);
            void writeWatches.get();
          }}
        >
          GetWriteWatch
        </Button>
        <Button
          isDisabled={!isLive}
          onPress={() => {
            setTried(true);
            void writeWatches.reset();
          }}
        >
          ResetWriteWatch
        </Button>
      </div>
    </section>
  );
}
