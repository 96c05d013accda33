using Microsoft.Extensions.Logging;

namespace FramedSockets.Tests.Support;

/// <summary>A log that throws whatever it is asked.</summary>
internal sealed class ThrowingLog : ILoggerFactory, ILogger
{
    private int _asked;

    /// <summary>How often it has thrown.</summary>
    public int Thrown => Volatile.Read(ref _asked);

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Debug ? throw Count() : true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => throw Count();

    public void Dispose()
    {
    }

    private IOException Count()
    {
        _ = Interlocked.Increment(ref _asked);
        return new("The disk is full.");
    }
}
