import { z } from 'zod';

/** A permit: the random part, a point, the signature; both hexadecimal. */
export const permitSchema = z.string().regex(/^[0-9a-f]{32}\.[0-9a-f]{64}$/);
