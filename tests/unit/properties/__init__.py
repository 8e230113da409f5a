"""What holds whatever comes: properties, tried with generated values."""
