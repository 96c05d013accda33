using System.Runtime.InteropServices;

namespace Common;

/// <summary>
/// Ctrl-C and SIGTERM: the first asks for a calm end, the second for an end at once. SIGTERM counts once however often it comes:
/// <c>timeout</c> sends it twice, to the process and to its group, and who has no patience left sends SIGKILL.
/// </summary>
public sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _calm = new();
    private readonly CancellationTokenSource _atOnce = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _received;
    private int _toldToTerminate;

    public StopSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive);
    }

    /// <summary>Cancelled by the first.</summary>
    public CancellationToken Calm => _calm.Token;

    /// <summary>Cancelled by the second.</summary>
    public CancellationToken AtOnce => _atOnce.Token;

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _calm.Dispose();
        _atOnce.Dispose();
    }

    private void Receive(PosixSignalContext context)
    {
        // Do not end the process: the command does, when it is done.
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGTERM && Interlocked.Exchange(ref _toldToTerminate, 1) == 1)
        {
            return;
        }

        (Interlocked.Increment(ref _received) == 1 ? _calm : _atOnce).Cancel();
    }
}
