"""What a design can tell, before and after money is spent on it: errors of forecasts, powers, prices."""
