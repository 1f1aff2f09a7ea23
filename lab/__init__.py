"""The lab: deploys a stack on emulated clouds, boots its routers, and proves with packets what it carries.

It sees only what was deployed, and what `lab/world.py` says of the outside world.
"""
