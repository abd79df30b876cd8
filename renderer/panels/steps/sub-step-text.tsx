import { ChevronRight } from 'lucide-react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import { formatPage } from '#shared/memory/page.ts';
import type { StepsState, SubStep, TouchedEntries } from '#shared/contract/steps.ts';
import { useModel, useView } from '../../model/context.ts';
import { plural } from '../../ui/format.ts';
import { flagMeaning } from '../../ui/flag-meanings.ts';

/** What the current sub-step does: the sentence, the kernel function, the detail, what it changed. */
export function SubStepText({ state }: { readonly state: StepsState }) {
  const { view } = useModel();
  const detailed = useView((settings) => settings.stepsDetail);
  const { current, failure } = state;
  return (
    <div className="steps__text" tabIndex={0} role="region" aria-label="This sub-step">
      {/* One element for all of them: a screen reader reads each sentence as it comes. */}
      <p className="steps__sentence" aria-live="polite" data-testid="step-sentence">
        {current?.sentence ?? `${state.title}: press → for the first sub-step.`}
      </p>
      {failure !== null && <p className="steps__failure">{failure}</p>}
      {current === null && state.description !== '' && <p className="dim">{state.description}</p>}
      {current !== null && (
        <>
          <p className="steps__where">
            <code className="steps__function selectable">{current.function}</code>
            {state.processes.length > 1 && <span className="dim">process {current.process}</span>}
          </p>
          <Changes subStep={current} />
          {(current.detail.length > 0 || current.touched.registers.length > 0) && (
            <Disclosure
              className="disclosure"
              isExpanded={detailed}
              onExpandedChange={(stepsDetail) => view.setState({ stepsDetail })}
            >
              <AriaButton slot="trigger" className="disclosure__button">
                <ChevronRight className="icon disclosure__mark" aria-hidden />
                Detail
              </AriaButton>
              <DisclosurePanel className="disclosure__panel">
                {current.detail.map((line) => (
                  <p key={line} className="dim">
                    {line}
                  </p>
                ))}
              </DisclosurePanel>
            </Disclosure>
          )}
          <Registers state={state} />
        </>
      )}
    </div>
  );
}

/** Flags that entries gained and lost. */
function Changes({ subStep }: { readonly subStep: SubStep }) {
  const changed = subStep.touched.entries.filter(({ set, cleared }) => set.length + cleared.length > 0);
  if (changed.length === 0) return null;
  return (
    <ul className="steps__changes" aria-label="Entries that change">
      {changed.map((entries) => (
        <li key={`${entries.process} ${entries.level} ${entries.base}`}>
          <span className="mono">{touchedEntriesText(entries)}</span>
          {entries.set.map((flag) => (
            <Flag key={flag} name={flag} on />
          ))}
          {entries.cleared.map((flag) => (
            <Flag key={flag} name={flag} on={false} />
          ))}
        </li>
      ))}
    </ul>
  );
}

function touchedEntriesText({ level, runs }: TouchedEntries): string {
  const count = runs.reduce((sum, [, entries]) => sum + entries, 0);
  const first = runs[0]?.[0] ?? 0;
  return count === 1 ? `${level}[${first}]` : `${plural(count, `${level} entry`, `${level} entries`)}`;
}

function Flag({ name, on }: { readonly name: string; readonly on: boolean }) {
  const meaning = flagMeaning(name);
  return (
    <span
      className={`steps__flag steps__flag--${on ? 'set' : 'cleared'} mono`}
      {...(meaning === '' ? {} : { title: meaning })}
    >
      {on ? '+' : '−'}
      {name}
    </span>
  );
}

/** CR3, CR2, the error code and the TLB; what the sub-step concerns is lit. */
function Registers({ state }: { readonly state: StepsState }) {
  const { registers, tlb, current } = state;
  const lit = (name: 'CR2' | 'CR3' | 'error code'): string =>
    current?.touched.registers.includes(name) === true
      ? 'steps__register steps__register--lit'
      : 'steps__register';
  const touched = current?.touched.tlb ?? [];
  return (
    <dl className="steps__registers">
      <div className={lit('CR3')}>
        <dt>CR3</dt>
        <dd className="mono">PGD of process {registers.cr3}</dd>
      </div>
      <div className={lit('CR2')}>
        <dt>CR2</dt>
        <dd className="mono">{registers.cr2 === null ? '–' : formatPage(registers.cr2)}</dd>
      </div>
      <div className={lit('error code')}>
        <dt>Error code</dt>
        <dd className="mono">{registers.errorCode === null ? '–' : registers.errorCode.join(' ')}</dd>
      </div>
      <div className={touched.length > 0 ? 'steps__register steps__register--lit' : 'steps__register'}>
        <dt>TLB</dt>
        <dd title={tlb.map(({ page }) => formatPage(page)).join(', ')}>
          {plural(tlb.length, 'translation')}
          {tlb.length > 0 && <span className="faint mono"> … {formatPage(tlb.at(-1)?.page ?? 0)}</span>}
        </dd>
      </div>
    </dl>
  );
}
