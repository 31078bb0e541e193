using none
param location = 'westeurope'
