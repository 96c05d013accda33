namespace FramedSockets.Samples.Tests.Support;

/// <summary>A theory that needs python3 on the path, and says so where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PythonTheoryAttribute : TheoryAttribute
{
    public PythonTheoryAttribute()
    {
        if (Python.Path is null)
        {
            Skip = "python3 is not on the PATH.";
        }
    }
}
