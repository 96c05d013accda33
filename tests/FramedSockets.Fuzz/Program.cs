using FramedSockets.Fuzz;

return FuzzCommand.Create().Parse(args).Invoke();
