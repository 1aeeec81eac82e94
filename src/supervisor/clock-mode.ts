/** How recorded time becomes the platform's time: shifted to today, standing still, or played in a loop. */
export const CLOCK_MODES = ['shift', 'fixed', 'loop'] as const;
export type ClockMode = (typeof CLOCK_MODES)[number];
