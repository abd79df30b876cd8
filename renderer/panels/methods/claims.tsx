import { claimsOf } from '#shared/methods/costs.ts';
import { METHODS, type MethodReport } from '#shared/methods/methods.ts';

const ratio = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toPrecision(2));

/** Whether tracking in the kernel beats a handler in the program here, as the patch series of 2022 claims. */
export function Claims({ report }: { readonly report: MethodReport }) {
  const claims = claimsOf(report);
  return (
    <section className="methods__claims" aria-label="The claim of 2022" data-testid="methods-claims">
      <h3>The claim of 2022: the kernel tracks writes faster than a handler in the program</h3>
      {claims.length === 0 && <p className="dim">It cannot be checked: no kernel method works here.</p>}
      <ul>
        {claims.map(({ method, reference, cases, faster, min, median, max }) => (
          <li key={method}>
            <b className="methods__ratio num">{ratio(median)} ×</b>
            <span>
              An interval of {METHODS[method].name} takes {ratio(min)} to {ratio(max)} times that of{' '}
              {METHODS[reference].name}, in the median {ratio(median)} times; {METHODS[reference].name} is the
              faster one in {faster} of {cases} cases.
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
