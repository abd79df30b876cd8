import { Check, ChevronRight, Minus, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import type { PROGRAMS, ProbeReport, Probed } from '#shared/contract/probe.ts';
import { useSession } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { Message } from '../../ui/message.tsx';
import type { Reply } from './use-reply.ts';
import './machine.css';

const PROGRAM_TEXT: Readonly<Record<(typeof PROGRAMS)[number], string>> = {
  all: 'programs of every user',
  own: 'your own programs',
  launched: 'programs launched from here only',
  none: 'no program',
};
/** Short names for the one line. */
const IN_SHORT: readonly (readonly [id: Probed, words: string])[] = [
  ['pagemap-scan', 'PAGEMAP_SCAN'],
  ['write-protect-async', 'Write-protection'],
  ['soft-dirty', 'Soft-dirty'],
];

/** What this kernel and this user can do: one line, and on demand every answer with its evidence. */
export function Machine({ reply, failure, again }: Reply<ProbeReport>) {
  const where = useSession((state) => state.host.where);
  if (failure) return <Message message={failure.message} remedy={failure.remedy} />;
  return (
    <Disclosure className="machine disclosure">
      <h2 className="machine__head">
        <AriaButton slot="trigger" className="row-button machine__button">
          <ChevronRight className="icon disclosure__mark" aria-hidden />
          <span className="machine__title">{where ?? 'This machine'}</span>
          {reply ? <Summary report={reply} /> : <span className="faint">Checking …</span>}
        </AriaButton>
      </h2>
      <DisclosurePanel className="machine__panel">
        {reply && <Report report={reply} again={again} />}
      </DisclosurePanel>
    </Disclosure>
  );
}

function Summary({ report }: { readonly report: ProbeReport }) {
  const { kernel, user, capabilities, backends, choice } = report;
  const running = backends.find(({ id }) => id === choice.running);
  return (
    <span className="machine__facts">
      <span className="machine__fact">
        {kernel} · {user.name}
      </span>
      {IN_SHORT.map(([id, words]) => {
        const found = capabilities.find((one) => one.id === id);
        return (
          found && (
            <span key={id} className="machine__fact">
              <Answer available={found.available} /> {words}
            </span>
          )
        );
      })}
      {capabilities.map(
        ({ id, available, reason, remedy }) =>
          // Usable, but with a warning: a kernel with known defects.
          available &&
          remedy !== '' && (
            <span key={id} className="machine__fact machine__fact--warning" role="note">
              {reason} {remedy}
            </span>
          ),
      )}
      <span className="machine__fact">
        <Answer available={running !== undefined} /> Can watch {PROGRAM_TEXT[running?.programs ?? 'none']}
      </span>
    </span>
  );
}

function Report({ report, again }: { readonly report: ProbeReport; readonly again: () => void }) {
  const { platform, kernel, user, capabilities, backends, choice } = report;
  return (
    <>
      <p className="dim machine__who">
        Kernel {kernel} on {platform}, as {user.name}
        {user.uid === null ? '' : ` (${user.uid})`}. {choice.reason}
        <Button kind="quiet" icon={RefreshCw} onPress={again}>
          Check again
        </Button>
      </p>
      <ul className="machine__list" aria-label="What this kernel and this user can do">
        {capabilities.map(({ id, title, available, reason, remedy, evidence }) => (
          <Row key={id} title={title} available={available} reason={reason} remedy={remedy}>
            {evidence}
          </Row>
        ))}
      </ul>
      <h3 className="machine__sub">Tracking methods, best first</h3>
      <ul className="machine__list" aria-label="Tracking methods">
        {backends.map(({ id, title, available, programs, reason, remedy }) => (
          <Row key={id} title={title} available={available} reason={reason} remedy={remedy}>
            {available ? `For ${PROGRAM_TEXT[programs]}.` : 'Unavailable.'}
            {choice.running === id && ' Used for running programs.'}
            {choice.launched === id && ' Used for programs launched from here.'}
          </Row>
        ))}
      </ul>
    </>
  );
}

interface RowProps {
  readonly title: string;
  readonly available: boolean;
  readonly reason: string;
  readonly remedy: string;
  /** What was seen. */
  readonly children: ReactNode;
}

function Row({ title, available, reason, remedy, children }: RowProps) {
  return (
    <li className="machine__row">
      <span className="machine__name">
        <Answer available={available} />
        {title}
      </span>
      <span>
        {reason} {remedy !== '' && <span className="machine__remedy">{remedy}</span>}
      </span>
      <span className="dim">{children}</span>
    </li>
  );
}

function Answer({ available }: { readonly available: boolean }) {
  const Icon = available ? Check : Minus;
  return (
    <>
      <Icon className={available ? 'machine__mark machine__mark--yes' : 'machine__mark'} aria-hidden />
      <span className="visually-hidden">{available ? 'yes: ' : 'no: '}</span>
    </>
  );
}
