"""The words Milepost is spoken in: milestones, orders, postings, receipts, controls. Imports nothing of ours."""
