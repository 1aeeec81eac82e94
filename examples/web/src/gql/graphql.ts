/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type DashboardQueryVariables = Exact<{
  portfolioId: string | number;
}>;


export type DashboardQuery = { readonly portfolio: { readonly id: string, readonly name: string, readonly baseCurrency: string, readonly totalValue: { readonly change24hRatio: number | null, readonly asOf: string, readonly value: { readonly amount: string, readonly currency: string }, readonly change24h: { readonly amount: string } | null, readonly unpricedTokens: ReadonlyArray<{ readonly id: string, readonly symbol: string }> } | null, readonly holdings: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly quantity: string, readonly costBasis: { readonly amount: string }, readonly value: { readonly amount: string } | null, readonly unrealizedPnl: { readonly ratio: number | null, readonly amount: { readonly amount: string } } | null, readonly token: { readonly id: string, readonly symbol: string, readonly name: string, readonly sparkline: ReadonlyArray<string> | null, readonly price: { readonly amount: string, readonly currency: string, readonly change24h: number | null, readonly stale: boolean } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } } | null, readonly marketOverview: { readonly marketCapChange24h: number | null, readonly totalMarketCap: { readonly amount: string, readonly currency: string }, readonly dominance: ReadonlyArray<{ readonly weight: number, readonly token: { readonly id: string, readonly symbol: string, readonly name: string } }> } };

export type HoldingRowFragment = { readonly id: string, readonly quantity: string, readonly costBasis: { readonly amount: string }, readonly value: { readonly amount: string } | null, readonly unrealizedPnl: { readonly ratio: number | null, readonly amount: { readonly amount: string } } | null, readonly token: { readonly id: string, readonly symbol: string, readonly name: string, readonly sparkline: ReadonlyArray<string> | null, readonly price: { readonly amount: string, readonly currency: string, readonly change24h: number | null, readonly stale: boolean } | null } };

export type MoreHoldingsQueryVariables = Exact<{
  portfolioId: string | number;
  after: string;
}>;


export type MoreHoldingsQuery = { readonly portfolio: { readonly id: string, readonly holdings: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly quantity: string, readonly costBasis: { readonly amount: string }, readonly value: { readonly amount: string } | null, readonly unrealizedPnl: { readonly ratio: number | null, readonly amount: { readonly amount: string } } | null, readonly token: { readonly id: string, readonly symbol: string, readonly name: string, readonly sparkline: ReadonlyArray<string> | null, readonly price: { readonly amount: string, readonly currency: string, readonly change24h: number | null, readonly stale: boolean } | null } }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const HoldingRowFragmentDoc = new TypedDocumentString(`
    fragment HoldingRow on Holding {
  id
  quantity
  costBasis {
    amount
  }
  value {
    amount
  }
  unrealizedPnl {
    amount {
      amount
    }
    ratio
  }
  token {
    id
    symbol
    name
    price {
      amount
      currency
      change24h
      stale
    }
    sparkline(range: ONE_WEEK, points: 24)
  }
}
    `, {"fragmentName":"HoldingRow"}) as unknown as TypedDocumentString<HoldingRowFragment, unknown>;
export const DashboardDocument = {"__meta__":{"documentId":"sha256:2b3d72d8a8720ceb3ebbd64432de242f8987cbb8b55c612103dbe4d63c2a5ff3"}} as unknown as TypedDocumentString<DashboardQuery, DashboardQueryVariables>;
export const MoreHoldingsDocument = {"__meta__":{"documentId":"sha256:64313312daefc6d59b0d20befda5fb1b9e83c58ae5c52be06bb4a32fbc2c24ad"}} as unknown as TypedDocumentString<MoreHoldingsQuery, MoreHoldingsQueryVariables>;