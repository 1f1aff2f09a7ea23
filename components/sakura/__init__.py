"""Components that stand in Sakura Cloud alone, and the only place that knows `pulumi_sakuracloud`."""

import warnings

# It is from 2021 and imports pkg_resources, which warns in every run; nobody who deploys can act on that.
with warnings.catch_warnings(action="ignore"):
    import pulumi_sakuracloud  # noqa: F401
