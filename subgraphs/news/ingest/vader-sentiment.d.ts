declare module 'vader-sentiment' {
  /** The port of VADER (Hutto and Gilbert, 2014) by Comcast; it ships no types. */
  interface PolarityScores {
    /** Shares of the text's weight that are positive, neutral and negative; together 1. */
    readonly pos: number;
    readonly neu: number;
    readonly neg: number;
    /** The normalised sum of all valences, -1 to 1. */
    readonly compound: number;
  }
  const vader: { readonly SentimentIntensityAnalyzer: { polarity_scores(text: string): PolarityScores } };
  export default vader;
}
