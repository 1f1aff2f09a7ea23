"""Components that stand in Sakura Cloud alone, and the only place that knows `pulumi_sakuracloud`."""
