"""Spending against budgets: money held for calls under way, alerts, and where each budget stands."""
