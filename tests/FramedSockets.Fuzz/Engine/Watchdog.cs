namespace FramedSockets.Fuzz.Engine;

/// <summary>Ends the process, with the input, where one run takes far too long: a hang cannot be left in another way.</summary>
internal sealed class Watchdog : IDisposable
{
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(30);
    private readonly IFuzzTarget _target;
    private readonly Timer _timer;
    private byte[]? _input;
    private byte[]? _last;

    public Watchdog(IFuzzTarget target)
    {
        _target = target;
        _timer = new(_ => Look(), null, Most, Most);
    }

    public void Begin(byte[] input) => Volatile.Write(ref _input, input);

    public void End() => Volatile.Write(ref _input, null);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var input = Volatile.Read(ref _input);
        if (input is not null && ReferenceEquals(input, _last))
        {
            var crash = new Crash(_target.Name, input, $"It hangs for more than {Most.TotalSeconds} s.");
            crash.Save(".");
            Console.Error.WriteLine($"{_target.Name}: {crash.Failure} The input is in {crash.FileName}.");
            Environment.Exit(3);
        }

        _last = input;
    }
}
