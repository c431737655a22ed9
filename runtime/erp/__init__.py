"""Calling an ERP: the gateway's protocol, the budget of calls, and the pump that sends commands one by one."""
