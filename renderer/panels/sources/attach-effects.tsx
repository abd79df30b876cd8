import { ChevronRight, CircleAlert, Info, TriangleAlert } from 'lucide-react';
import { useId } from 'react';
import { Button, Disclosure, DisclosurePanel } from 'react-aria-components';
import type { Effect, EffectSeverity, Preflight } from '#shared/contract/preflight.ts';
import type { TrackingOptions, HugePolicy } from '#shared/source/backend.ts';
import { Checkbox, Select } from '../../ui/fields.tsx';
import { usePreflight } from './use-preflight.ts';
import './attach-effects.css';

/** Lines shown; a button shows the others. */
const MAX_IN_SIGHT = 3;

const ICONS = { warning: TriangleAlert, caution: CircleAlert, note: Info } as const;
const WORDS: Readonly<Record<EffectSeverity, string>> = {
  warning: 'Warning:',
  caution: 'Caution:',
  note: 'Note:',
};

const HUGE_CHOICES = [
  { value: 'split', label: 'Track, and split when written' },
  { value: 'leave', label: 'Leave untracked' },
  { value: 'compare', label: 'Compare contents' },
] as const satisfies readonly { value: HugePolicy; label: string }[];

interface AttachEffectsProps {
  readonly pid: number | null;
  readonly how: TrackingOptions;
  readonly onChange: (how: TrackingOptions) => void;
}

/**
 * What attaching to the selected process can change, before it is attached to, and how its huge pages are treated. Its
 * place is there before a process is selected.
 */
export function AttachEffects({ pid, how, onChange }: AttachEffectsProps) {
  const found = usePreflight(pid, how);
  const heading = useId();
  if (!found || found.effects.length === 0) {
    return (
      <p className="effects effects--none faint">
        {pid === null ? 'Select a process: what attaching to it can change is listed here.' : ''}
      </p>
    );
  }
  const { effects } = found;
  const rest = effects.slice(MAX_IN_SIGHT);
  return (
    <section className="effects" aria-labelledby={heading} data-testid="attach-effects">
      <h3 id={heading} className="effects__title">
        Attaching can change
      </h3>
      <ul className="effects__list">
        {effects.slice(0, MAX_IN_SIGHT).map((effect) => (
          <EffectLine key={effect.id} effect={effect} />
        ))}
      </ul>
      {rest.length > 0 && (
        <Disclosure className="disclosure">
          <Button slot="trigger" className="disclosure__button">
            <ChevronRight className="icon disclosure__mark" aria-hidden />
            {rest.length === 1 ? '1 more effect' : `${rest.length} more effects`}
          </Button>
          <DisclosurePanel className="disclosure__panel">
            <ul className="effects__list effects__list--rest">
              {rest.map((effect) => (
                <EffectLine key={effect.id} effect={effect} />
              ))}
            </ul>
          </DisclosurePanel>
        </Disclosure>
      )}
      {hasHugePages(found) && <HugeFields how={how} onChange={onChange} />}
    </section>
  );
}

function EffectLine({ effect }: { readonly effect: Effect }) {
  const { severity, title, detail, chance } = effect;
  const Icon = ICONS[severity];
  return (
    <li className={`effects__line effects__line--${severity}`}>
      <Icon className="icon" aria-hidden />
      <span>
        <span className="visually-hidden">{WORDS[severity]} </span>
        <span className="effects__what">{title}.</span>{' '}
        <span className="dim">
          {detail} {chance}
        </span>
      </span>
    </li>
  );
}

const hasHugePages = ({ facts, effects }: Preflight): boolean =>
  facts.hugePages !== 0 && effects.some(({ id }) => id === 'huge-pages');

function HugeFields({ how, onChange }: Omit<AttachEffectsProps, 'pid'>) {
  const { huge = 'split', restoreHuge = true } = how;
  const change = (next: HugePolicy, restores: boolean): void => {
    const { backend, freeze, exact } = how;
    onChange({
      ...(backend && { backend }),
      ...(freeze !== undefined && { freeze }),
      ...(exact !== undefined && { exact }),
      ...(next !== 'split' && { huge: next }),
      ...(!restores && { restoreHuge: false }),
    });
  };
  return (
    <div className="effects__huge">
      <Select
        label="Huge pages"
        value={huge}
        choices={HUGE_CHOICES}
        onChange={(next) => change(next, restoreHuge)}
      />
      {huge === 'split' && (
        <Checkbox isSelected={restoreHuge} onChange={(restores) => change(huge, restores)}>
          Restore huge pages after detaching
        </Checkbox>
      )}
    </div>
  );
}
