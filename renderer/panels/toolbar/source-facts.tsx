import { Info, TriangleAlert } from 'lucide-react';
import { Button, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import type { SessionState } from '#shared/contract/session-state.ts';
import type { Capabilities } from '#shared/source/capabilities.ts';
import type { Liveness } from '../../stores/liveness.ts';
import { ATOMICITY } from '../../ui/atomicity.ts';

type Source = NonNullable<SessionState['source']>;

/** Whether the program runs, in a word or three; empty if that is not known. */
export function stateText({ paused, source }: SessionState, liveness: Liveness): string {
  if (liveness === 'exited' || liveness === 'stopped') return liveness;
  if (source?.playback) return source.playback.playing ? 'playing' : 'recording';
  if (source?.running === false) return 'program paused';
  if (source?.stopped !== undefined) return source.stopped;
  if (paused) return 'sampling paused';
  return source?.running === true ? 'running' : '';
}

/** Limitations of this source, as sentences. */
export function lacksOf(able: Capabilities): string[] {
  const lacks: string[] = [];
  if (!able.get) lacks.push('Written pages cannot be read.');
  if (!able.clear) lacks.push('It cannot clear a range.');
  if (!able.clearRefs) lacks.push('It has no clear_refs: whole-process clears are range clears here.');
  if (!able.noReusedRegions) lacks.push('NO_REUSED_REGIONS changes nothing.');
  if (able.walk === 'address') lacks.push('Page tables cannot be read; only addresses are split.');
  if (able.walk === 'none') lacks.push('It has no page tables.');
  if (!able.bytes) lacks.push('Page contents cannot be read.');
  if (able.control.length === 0) lacks.push('Pausing is not supported.');
  return lacks;
}

/** What is open, how it is tracked, and how exact that is. */
export function SourceFacts({ word, source }: { readonly word: string; readonly source: Source }) {
  const { description, capabilities } = source;
  const racy = capabilities.getAndClear === 'emulated-racy';
  const Icon = racy ? TriangleAlert : Info;
  const lacks = lacksOf(capabilities);
  return (
    <DialogTrigger>
      <Button
        className={`button button--quiet button--icon${racy ? ' toolbar__warn' : ''}`}
        aria-label={racy ? 'About this source: writes can be missed' : 'About this source'}
      >
        <Icon className="icon" aria-hidden />
      </Button>
      <Popover className="popover" offset={6} placement="bottom start">
        <Dialog className="source-facts" aria-label="About this source">
          <dl className="facts">
            <dt>Source</dt>
            <dd className="selectable">{description.title}</dd>
            <dt />
            <dd className="selectable dim">{description.detail}</dd>
            <dt>State</dt>
            <dd>{word || 'not known'}</dd>
            <dt>Observed by</dt>
            <dd>{description.backend}</dd>
            <dt>Reads and clears</dt>
            <dd>{ATOMICITY[capabilities.getAndClear]}</dd>
          </dl>
          {lacks.length > 0 && (
            <ul className="source-facts__lacks dim" aria-label="Not supported">
              {lacks.map((lack) => (
                <li key={lack}>{lack}</li>
              ))}
            </ul>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
